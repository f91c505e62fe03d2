import { ExecError } from '../../support/exec-error.ts';
import type { Confinement } from '../../wire/plan.ts';
import type { OpenNetwork } from '../network/sandbox-networks.ts';
import { neverRoot } from '../never-root.ts';
import type { Sandbox, StepSpec } from '../runtime.ts';
import { throughEngineAbsence } from './await-engine.ts';
import { type Engine, valueOrThrow } from './connect-engine.ts';
import { openContainer } from './container.ts';
import { containerBody } from './container-body.ts';
import { containerListSchema, containerSchema, createdSchema, imageSchema } from './engine-schemas.ts';
import { explainRefusal } from './explain-refusal.ts';
import { labelFilter, labels, labelsOf } from './labels.ts';
import { mountSecrets } from './mount-secrets.ts';
import { removeContainer, removeWhole } from './remove-container.ts';
import { containerHandleSchema, readHandle, type SandboxHandle } from './sandbox-handle.ts';
import type { Transfer, TransferContext } from './transfer.ts';

export interface SandboxContext extends TransferContext {
  /** The engine's network of open sandboxes. */
  readonly openNetwork: string;
}

export interface SandboxParts {
  readonly handle: SandboxHandle;
  readonly transfer: Transfer;
  /** `recovered`: nobody knows what its engine went through meanwhile. */
  readonly from: 'new' | 'recovered';
  /** Absent: it has none of its own, or that is gone. */
  readonly network?: OpenNetwork | undefined;
  readonly losses?: readonly string[];
}

/** A sandbox whose directories and network exist. */
export function openSandbox(
  context: SandboxContext,
  { handle, transfer, from, network, losses }: SandboxParts,
): Sandbox {
  const { engine, limits } = context;
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
  let removed = false;
  let removal: Promise<void> | undefined;

  const create = async (step: StepSpec): Promise<string> => {
    if (removed) throw new ExecError('INTERNAL', `The sandbox of execution ${handle.executionId} was removed already.`);
    const defaultUser = await defaultUserOf(engine, step, handle.confinement);
    const mounts = [...parts.mounts, ...(await mountSecrets(context, handle, step))];
    const json = containerBody({ ...parts, step, mounts, defaultUser, facts: await engine.facts() });
    const request = { method: 'POST', path: '/containers/create', json } as const;
    const answer = await engine.ask(request, createdSchema);
    if (!answer.ok) throw explainRefusal(answer, step.image.reference);
    return answer.value.Id;
  };

  const removeAll = async (): Promise<void> => {
    const remove = from === 'new' && engine.losses() === lossesBefore ? removeContainer : removeWhole;
    // Asked of the engine, not remembered: a container may exist whose creation we never heard the end of.
    const query = { all: true, filters: labelFilter(labels.sandbox, sandboxId) };
    const answer = await engine.ask({ method: 'GET', path: '/containers/json', query }, containerListSchema);
    await Promise.all(valueOrThrow(answer, 'list its containers').map(({ Id }) => remove(engine, Id)));
    await network?.remove();
    await transfer.remove();
    await context.secretFiles.remove(handle);
  };

  return {
    handle,
    ...(losses === undefined ? {} : { losses }),
    stage: transfer.stage,
    usage: transfer.usage,
    collect: (outputs, signal) => throughEngineAbsence(engine, limits, signal, () => transfer.collect(outputs, signal)),

    async create(spec) {
      const { entrypoint, command } = spec.step;
      const named = { command: entrypoint?.[0] ?? command?.[0], image: spec.image.reference };
      return openContainer({ engine, limits, id: await create(spec), ...named, started: 'no' });
    },

    async recoverContainer(recorded) {
      const { id, image, command } = readHandle(containerHandleSchema, recorded);
      const answer = await throughEngineAbsence(engine, limits, new AbortController().signal, () =>
        engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema),
      );
      if (!answer.ok && answer.status === 404) return undefined;
      const { State } = valueOrThrow(answer, 'inspect a container');
      const started = State.Status === 'created' ? 'maybe' : 'yes';
      return openContainer({ engine, limits, id, image, command, started });
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

/** Undefined: what the image says. */
async function defaultUserOf(
  engine: Engine,
  { step, image }: StepSpec,
  { user }: Confinement,
): Promise<string | undefined> {
  if (step.user !== undefined || user !== 'never-root') return undefined;
  const request = { method: 'GET', path: `/images/${image.id ?? image.reference}/json` } as const;
  const { Config } = valueOrThrow(await engine.ask(request, imageSchema), `look for the user of ${image.reference}`);
  return neverRoot(Config?.User ?? '');
}

function networkModeOf({ network }: SandboxHandle, openNetwork: string): string {
  if (network.holder !== null) return `container:${network.holder}`;
  return network.mode === 'open' ? openNetwork : 'none';
}
