import { ExecError } from '../../support/exec-error.ts';
import type { OpenNetwork } from '../network/sandbox-networks.ts';
import type { Sandbox, StepSpec } from '../runtime.ts';
import { readHandle } from '../sandbox-handle.ts';
import { hasStreams, openStreams, streamsProgram } from '../streams/open-streams.ts';
import { wasLaunched } from '../warm/launch-mark.ts';
import { openContainer } from './container/container.ts';
import { containerBody } from './container/container-body.ts';
import { removeContainer, removeContainersOf, removeWhole } from './container/remove-container.ts';
import { neverRan } from './container/start-container.ts';
import type { StartGate } from './container/start-gate.ts';
import { mountSecrets } from './data/mount-secrets.ts';
import type { Transfer, TransferContext } from './data/transfer.ts';
import { retryWhileEngineDown } from './engine/await-engine.ts';
import { valueOrThrow } from './engine/connect-engine.ts';
import { containerSchema, createdSchema } from './engine/engine-schemas.ts';
import { explainRefusal } from './engine/explain-refusal.ts';
import type { ContainerUsers } from './images/container-users.ts';
import { inspectImage } from './images/inspect-image.ts';
import { labels, labelsOf } from './labels.ts';
import { containerHandleSchema, type SandboxHandle } from './sandbox-handle.ts';
import type { UsageGroups } from './usage/usage-groups.ts';
import { claimWarm } from './warm/claim-warm.ts';
import { settleLaunch } from './warm/settle-launch.ts';
import type { WarmContainer } from './warm/warm-container.ts';

export interface SandboxContext extends TransferContext {
  /** The engine's network of open sandboxes. */
  readonly openNetwork: string;
  readonly starts: StartGate;
  readonly groups: UsageGroups;
  readonly users: ContainerUsers;
}

export interface SandboxParts {
  readonly handle: SandboxHandle;
  readonly transfer: Transfer;
  /** `recovered`: nobody knows what its engine went through meanwhile. */
  readonly from: 'new' | 'recovered';
  /** Absent: it has none of its own, or that is gone. */
  readonly network?: OpenNetwork | undefined;
  readonly losses?: readonly string[];
  /** Waits for the command of the first step. */
  readonly warm?: WarmContainer | undefined;
  /** Reports whether that one could be used. */
  readonly onWarmUse?: (isUsed: boolean) => void;
  /** Whether files are the standard streams of a step. */
  readonly needsStreams?: boolean;
}

interface MadeContainer {
  readonly id: string;
  readonly group: string | undefined;
}

/** A sandbox whose directories and network exist. */
export function openSandbox(
  context: SandboxContext,
  { handle, transfer, from, network, losses, warm, onWarmUse, needsStreams = false }: SandboxParts,
): Sandbox {
  const { engine, limits, groups } = context;
  const lossesBefore = engine.losses();
  const { sandboxId } = handle;
  const parts = {
    sandbox: handle,
    mounts: transfer.mounts,
    hostsFile: handle.network.mode === 'open' ? undefined : transfer.hostsFile,
    networkMode: networkModeOf(handle, context.openNetwork),
    labels: { ...labelsOf(handle, sandboxId), [labels.role]: 'step' },
    limits,
  };
  const onUse = (isUsed: boolean) => onWarmUse?.(isUsed);
  const claimed = warm && claimWarm(warm, { handle, secretFiles: context.secretFiles, onUse });
  const leaves = new Set<() => void>();
  let removed = false;
  let removal: Promise<void> | undefined;

  const throwIfRemoved = (): void => {
    if (removed) throw new ExecError('INTERNAL', `The sandbox of execution ${handle.executionId} was removed already.`);
  };

  const create = async (step: StepSpec): Promise<MadeContainer> => {
    throwIfRemoved();
    const ids = await context.users.idsOf(step, handle.confinement, {
      ...labelsOf(handle, sandboxId),
      [labels.role]: 'helper',
    });
    const mounts = [...parts.mounts, ...(await mountSecrets(context, handle, step))];
    const group = await groups.next(handle);
    const json = containerBody({
      ...parts,
      step,
      mounts,
      ids,
      group: group?.name,
      facts: await engine.facts(),
    });
    const request = { method: 'POST', path: '/containers/create', json } as const;
    const answer = await engine.ask(request, createdSchema);
    if (!answer.ok) throw explainRefusal(answer, step.image.reference);
    await transfer.place?.(answer.value.Id);
    return { id: answer.value.Id, group: group?.path };
  };

  const withStreams = async (spec: StepSpec): Promise<StepSpec> => {
    if (!hasStreams(spec.step)) return spec;
    const { Entrypoint, Cmd } = (await inspectImage(engine, spec.image)).Config ?? {};
    const image = { entrypoint: Entrypoint ?? [], command: Cmd ?? [] };
    return { ...spec, step: openStreams(spec.step, image, handle.volumes) };
  };

  /** With its place among those that are being started, which it has until then. */
  const createInTurn = async (step: StepSpec) => {
    const leave = await context.starts.enter();
    leaves.add(leave);
    try {
      return { ...(await create(step)), onStarted: leave };
    } catch (error) {
      leave();
      throw error;
    }
  };

  const removeAll = async (): Promise<void> => {
    const remove = from === 'new' && engine.losses() === lossesBefore ? removeContainer : removeWhole;
    await claimed?.release();
    for (const leave of leaves) leave();
    await removeContainersOf(engine, sandboxId, remove);
    await network?.remove();
    await transfer.remove();
    await context.secretFiles.remove(handle);
    await groups.remove(handle);
  };

  return {
    handle,
    ...(losses === undefined ? {} : { losses }),
    async stage(inputs, signal, tenant) {
      if (!needsStreams) return transfer.stage(inputs, signal, tenant);
      const { architecture } = await engine.facts();
      return transfer.stage([...inputs, await streamsProgram(architecture, handle.volumes)], signal, tenant);
    },
    usage: transfer.usage,
    collect: (outputs, signal, options) =>
      retryWhileEngineDown(engine, limits, signal, () => transfer.collect(outputs, signal, options)),

    async create(wanted) {
      const { entrypoint, command } = wanted.step;
      const named = { command: entrypoint?.[0] || command?.[0], image: wanted.image.reference };
      throwIfRemoved();
      const spec = await withStreams(wanted);
      const ready = await claimed?.use(spec);
      const made =
        ready === undefined
          ? await createInTurn(spec)
          : { id: ready.id, group: ready.group, waited: true, launch: () => launch(ready) };
      return openContainer({ engine, limits, groups, ...made, ...named, started: 'no' });
    },

    async recoverContainer(recorded) {
      const { id, image, command, waited, group } = readHandle(containerHandleSchema, recorded, 'Docker');
      const answer = await retryWhileEngineDown(engine, limits, new AbortController().signal, () =>
        engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema),
      );
      if (!answer.ok && answer.status === 404) return undefined;
      const { State } = valueOrThrow(answer, 'inspect a container');
      const found = { engine, limits, groups, id, image, command, waited, group } as const;
      const { control } = transfer;
      if (waited === true && control !== undefined && !(await wasLaunched(control)))
        return openContainer({
          ...found,
          started: 'maybe',
          launch: () => settleLaunch({ engine, limits, id, control }),
        });
      return openContainer({ ...found, started: State.Status === 'created' ? 'maybe' : 'yes' });
    },

    async remove() {
      removed = true;
      // Two removals at once would pull the directories from under each other.
      removal ??= removeAll().finally(() => {
        removal = undefined;
      });
      await removal;
    },
  };
}

async function launch(warm: WarmContainer): Promise<void> {
  if (!(await warm.launch())) throw neverRan();
}

function networkModeOf({ network }: SandboxHandle, openNetwork: string): string {
  if (network.holder !== null) return `container:${network.holder}`;
  return network.mode === 'open' ? openNetwork : 'none';
}
