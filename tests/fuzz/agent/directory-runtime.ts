import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { openParts } from '../../../src/agent/runtime/open-parts.ts';
import { createHostStaging } from '../../../src/agent/runtime/open-parts.ts';
import { createDirectoryStore } from '../../../src/objects/directory/create-directory-store.ts';
import type { Container, Runtime, Sandbox, SandboxSpec, Staging } from '../../../src/runtimes/runtime.ts';
import { createWorkspace } from '../../../src/workspace/create-workspace.ts';
import { createUsageMeter, writableRoots } from '../../../src/workspace/tree/measure-usage.ts';
import { createScriptedRuntime } from '../../agent/scripted-runtime.ts';
import { type Behaviour, behaviours } from './behaviours.ts';
import { registryImages } from './registry-images.ts';
import { preparedBeside, worstBehaviours } from './worst-behaviours.ts';

const outputPath = '/workspace/output';
const execute = promisify(execFile);

interface DirectoryRuntimeOptions {
  /** Where workspaces are made. */
  readonly workDir: string;
  readonly staging: Staging;
  /** What each of the worst behaviours writes is in a directory with its name in there. */
  readonly prepared: string;
}

/** Real workspaces, inputs and outputs, around containers that only play a script. What a request says decides which. */
function createDirectoryRuntime({ workDir, staging, prepared }: DirectoryRuntimeOptions): Runtime {
  return {
    ...createScriptedRuntime(),
    images: registryImages,
    async openSandbox(spec, signal) {
      const { executionId, volumes } = spec;
      const workspace = await createWorkspace({ baseDir: workDir, executionId, volumes });
      const behaviour = behaviourOf(spec, prepared);
      const scripted = await createScriptedRuntime(behaviour.script).openSandbox(spec, signal);
      const output = workspace.roots.get(outputPath);
      return {
        ...scripted,
        usage: createUsageMeter(writableRoots(volumes, workspace.roots)),
        stage: (inputs, stageSignal) => staging.stage(workspace.roots, inputs, stageSignal),
        collect: (outputs, collectSignal, room) => staging.collect(workspace.roots, outputs, collectSignal, room),
        create: async (step) => withFiles(await scripted.create(step), behaviour, output),
        remove: () => workspace.remove(),
      } satisfies Sandbox;
    },
    recoverSandbox: async () => undefined,
  };
}

function withFiles(container: Container, behaviour: Behaviour, output: string | undefined): Container {
  return {
    ...container,
    async start() {
      if (output !== undefined) await behaviour.write?.(output);
      await container.start();
    },
  };
}

function behaviourOf({ steps: [first] = [] }: SandboxSpec, prepared: string): Behaviour {
  const step = first?.step;
  const name = /^worst[/]([a-z-]+):1$/.exec(step?.image.reference ?? '')?.[1];
  const worst = name === undefined ? undefined : worstBehaviours[name];
  // A program of its own copies the files, so that the work of making them is not the agent's.
  if (worst !== undefined)
    return {
      script: worst.script,
      write: async (directory) =>
        void (await execute('cp', ['-r', '--', `${join(prepared, name ?? '')}/.`, directory])),
    };
  // The id of the execution differs each time that the same request is sent.
  const variables = Object.entries(step?.env ?? {}).filter(([name]) => name !== 'EXECUTION_ID');
  const hash = createHash('sha256')
    .update(JSON.stringify([step?.image, step?.command, variables]))
    .digest();
  const behaviour = behaviours[hash.readUInt32BE() % behaviours.length];
  if (behaviour === undefined) throw new Error('there are behaviours');
  return behaviour;
}

/** For an agent whose containers behave oddly, and nothing else of it is different. */
export const fuzzParts: typeof openParts = async (config, context) => {
  const store = createDirectoryStore({ root: join(config.dataDir, 'objects'), defaultBucket: config.bucket });
  const runtime = createDirectoryRuntime({
    workDir: join(config.dataDir, 'work'),
    prepared: preparedBeside(config.dataDir),
    staging: createHostStaging(config, store, { settleGraph: context.settleGraph }),
  });
  context.logger.debug('containers play scripts');
  return { choice: { runtime, reason: 'it is a script', candidates: [] }, store };
};
