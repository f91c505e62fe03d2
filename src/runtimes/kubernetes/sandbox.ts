import { z } from 'zod';
import { ExecError } from '../../support/exec-error.ts';
import type { Input } from '../../wire/plan/plan.ts';
import { stepUsersSchema, writtenSchema } from '../../wire/pod/pod.ts';
import type { WorkspaceRoots } from '../../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../../workspace/stage-report.ts';
import { stopSignalOf } from '../command/parse-signal.ts';
import type { Container, Sandbox, SecretValue, Sources, StepSpec } from '../runtime.ts';
import { readHandle } from '../sandbox-handle.ts';
import type { PodServing } from './connections/serve-pod.ts';
import { type ContainerHandle, containerHandleSchema, openContainer, readStates } from './container/container.ts';
import type { PodLine } from './keep/pod-line.ts';
import type { PodWatch } from './pods/watch-pods.ts';
import type { SandboxHandle } from './sandbox-handle.ts';
import { describeOrder, streamFilesOf } from './shape/describe-order.ts';
import { stepName } from './shape/pod-names.ts';
import { mountedFilesOf, secretsDirectory, volumeDirectory } from './shape/pod-shape.ts';
import { createDataProgramRunner } from './with-data-program.ts';

export interface SandboxParts {
  readonly line: PodLine;
  readonly watch: PodWatch;
  readonly sources: Sources;
  readonly closed: AbortSignal;
  /** Where the command reaches services; absent: it has none. */
  readonly servicePort: number | undefined;
  /** Services and ports of this agent for the pod. */
  readonly serving: PodServing | undefined;
  /** What could not be restored. */
  readonly losses: readonly string[];
  /** Deletes the pod. */
  readonly remove: () => Promise<void>;
}

const nothing = z.object({});
const nothingWritten = { bytes: 0, files: 0, depth: 0 };
const nothingStaged: StageReport = { files: 0, bytes: 0, warnings: [] };
const doneMs = 5_000;
const secretsPath = '/run/secrets';
const secretMode = 0o444;

/** A pod that was created; it may still be pending. */
export function openSandbox(handle: SandboxHandle, parts: SandboxParts): Sandbox {
  const { line, watch, sources, servicePort, serving, losses, closed, remove } = parts;
  const roots: WorkspaceRoots = new Map(handle.volumes.map(({ path }, index) => [path, volumeDirectory(index)]));
  const fills = mountedFilesOf(handle.volumes).map(({ staged, mounted }) => ({ from: staged, to: mounted }));
  const taken = new Set<string>();
  let removing: Promise<void> | undefined;

  const data = createDataProgramRunner(line, sources);

  const usersOf = (step: string, signal: AbortSignal) =>
    line.orTrouble(
      (waiting) => line.ask({ method: 'GET', path: `/steps/${step}/users`, schema: stepUsersSchema, signal: waiting }),
      signal,
    );

  /** The next container of that image that no step has. */
  const choose = async ({ step, image }: StepSpec): Promise<string> => {
    const states = await readStates(line, closed);
    for (const [index, each] of handle.steps.entries()) {
      const name = stepName(index);
      const isFree = !taken.has(name) && states.some((state) => state.name === name && !state.isOrdered);
      if (!isFree || each.digest !== image.digest || each.readOnlyRoot !== step.readOnlyRoot) continue;
      taken.add(name);
      return name;
    }
    throw new ExecError('INTERNAL', `The pod ${handle.pod} has no container for the image ${image.reference}.`);
  };

  const placeSecrets = async (step: string, secrets: readonly SecretValue[]): Promise<void> => {
    const inputs: Input[] = secrets
      .filter(({ as }) => as === 'file')
      .map(({ name, value }) => ({
        kind: 'inline',
        origin: 'secrets',
        path: `${secretsPath}/${name}`,
        content: value.toString('base64'),
        encoding: 'base64',
        mode: secretMode,
      }));
    if (inputs.length === 0) return;
    const place: WorkspaceRoots = new Map([[secretsPath, secretsDirectory(step)]]);
    await data.change(closed, (program) => program.stage(place, inputs, closed));
  };

  const open = (container: ContainerHandle): Container => {
    const opened = openContainer({ handle: container, line, watch, podName: handle.pod, closed });
    return {
      ...opened,
      async start(bounds) {
        // The first thing that the command does may be a call.
        await serving?.ready();
        await opened.start(bounds);
      },
    };
  };

  return {
    handle,
    ...(losses.length === 0 ? {} : { losses }),
    async stage(inputs, signal) {
      const hasNothing = inputs.length === 0 && handle.volumes.length === 0;
      const [report] = await Promise.all([
        hasNothing ? nothingStaged : data.change(signal, (program) => program.stage(roots, inputs, signal, fills)),
        // Here it can be interrupted; what fails is met again when the container is created.
        usersOf(stepName(0), signal),
      ]);
      return report;
    },
    async create(spec) {
      const { step, image, secrets = [] } = spec;
      const name = await choose(spec);
      const described = await describeOrder(spec, handle, await usersOf(name, closed));
      const order = servicePort === undefined ? described : { ...described, servicePort };
      await placeSecrets(name, secrets);
      const path = `/steps/${name}/order`;
      await line.ask({ method: 'POST', path, body: order, schema: nothing, signal: closed });
      return open({
        step: name,
        command: order.command[0] ?? '',
        ...streamFilesOf(step),
        stopSignal: stopSignalOf(image.config?.stopSignal),
      });
    },
    async recoverContainer(recorded) {
      const container = readHandle(containerHandleSchema, recorded, 'kubernetes');
      const states = await readStates(line, closed);
      return states.some(({ name, isOrdered }) => name === container.step && isOrdered) ? open(container) : undefined;
    },
    async usage(bounds, signal) {
      const call = { method: 'POST', path: '/written', body: bounds, schema: writtenSchema, signal } as const;
      return line.ask(call).catch((error: unknown) => {
        signal.throwIfAborted();
        // What became of the pod is reported by the wait for its container.
        if (error instanceof ExecError) return nothingWritten;
        throw error;
      });
    },
    collect: (outputs, signal, options) =>
      data.read(signal, (program) => program.collect(roots, outputs, signal, options)),
    remove() {
      removing ??= end();
      return removing;
    },
  };

  async function end(): Promise<void> {
    // A pod that cannot be reached ends by its deletion.
    const late = AbortSignal.any([closed, AbortSignal.timeout(doneMs)]);
    if (line.pod()?.status?.podIP !== undefined)
      await line.ask({ method: 'POST', path: '/done', schema: nothing, signal: late }).catch(() => undefined);
    await serving?.close();
    await remove();
    line.close();
  }
}
