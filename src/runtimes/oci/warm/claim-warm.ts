import { ExecError } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { Container, StepSpec } from '../../runtime.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import type { SecretFiles } from '../../secrets/secret-files.ts';
import { hasStreams, openStreams } from '../../streams/open-streams.ts';
import { commandOf } from '../../warm/command-of.ts';
import { wasLaunched } from '../../warm/launch-mark.ts';
import { warmNeedsOf, warmRecipeOf } from '../../warm/warm-recipe.ts';
import type { Cgroup } from '../cgroup/cgroup.ts';
import type { OciContainer } from '../container/container.ts';
import type { ContainerFiles } from '../container/container-files.ts';
import { endContainer } from '../container/end-container.ts';
import { readLauncherState } from '../launcher/launcher-state.ts';
import type { SandboxHandle } from '../sandbox-handle.ts';
import type { WarmContainer } from './warm-container.ts';

/**
 * Tells a container that waits what the step runs, so that it only has to be started.
 * @returns undefined when the step needs a container of its own; this one has been ended then
 */
export async function useWarm(
  warm: WarmContainer,
  sandbox: SandboxHandle,
  spec: StepSpec,
  secretFiles: SecretFiles,
): Promise<OciContainer | undefined> {
  const { network, ...isolated } = sandbox;
  const { secretFiles: hasSecrets } = warmNeedsOf({}, spec.secrets);
  const needs = { network: network === null ? 'none' : 'own', secretFiles: hasSecrets } as const;
  const recipe = warmRecipeOf(isolated, spec, needs);
  if (recipe?.key === warm.recipe.key) {
    await secretFiles.write(sandbox, spec.secrets ?? []);
    const step = hasStreams(spec.step) ? openStreams(spec.step, warm.imageCommand, sandbox.volumes) : spec.step;
    const command = commandOf({ ...spec, step }, warm.imageCommand);
    if (await warm.tell(command)) return claimed(warm, command.args[0] ?? '');
  }
  await warm.end();
  return undefined;
}

function claimed(warm: WarmContainer, command: string): OciContainer {
  const { container } = warm;
  warm.callIt(command);
  let starting: Promise<void> | undefined;
  const start = async () => {
    container.countMemoryKillsAnew();
    if (!(await warm.launch())) throw neverRan();
  };
  return {
    ...container,
    handle: { ...container.handle, waited: true, command },
    start() {
      starting ??= start();
      return starting;
    },
    settled: () => starting?.catch(() => undefined) ?? Promise.resolve(),
  };
}

export interface FoundWaiting {
  /** As it was found by its files; it is followed already. */
  readonly container: OciContainer;
  readonly files: ContainerFiles;
  readonly cgroup: Cgroup;
  readonly killWaitMs: number;
  /** The workspace's directory for our own files. */
  readonly control: string;
}

// A container whose agent has vanished ends by itself. An agent that only seems to have vanished may still hold it.
const endsByItselfMs = 3000;
const lookMs = 20;

/** A container that an agent which vanished was about to launch: starting it finds out whether its command was begun. */
export function settleLaunch(found: FoundWaiting): Container {
  const { container, files, cgroup, killWaitMs, control } = found;

  async function settle(): Promise<void> {
    const end = performance.now() + endsByItselfMs;
    while (!(await wasLaunched(control)) && performance.now() < end) {
      if ((await readLauncherState(files)).kind !== 'running') break;
      await delay(lookMs);
    }
    if (!(await wasLaunched(control))) await endContainer({ files, cgroup, killWaitMs });
    if (!(await wasLaunched(control))) throw neverRan();
  }

  let settling: Promise<void> | undefined;
  return {
    ...container,
    start() {
      settling ??= settle();
      return settling;
    },
  };
}

/** The execution may begin anew. */
function neverRan(): ExecError {
  const context: AwayFacts = { runtimeAway: true };
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    'The container was lost before the command had begun. Nothing of it ran; send the request again.',
    { context: { ...context } },
  );
}
