import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ExecError, errnoOf, messageOf } from '../../../support/exec-error.ts';
import type { Owners } from '../../../support/processes/owners.ts';
import { isAlive, markOf } from '../../../support/processes/process-mark.ts';
import { delay } from '../../../support/time/deadline.ts';
import { containerHostname } from '../../command/container-hostname.ts';
import { architectures, knownArchitecture } from '../../freestanding/read-program.ts';
import type { Namespace, NamespaceMaker } from '../../network/namespace.ts';
import { claimedName } from '../claimed-name.ts';
import { removeContainer } from '../container/remove-container.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { containerSchema } from '../engine/engine-schemas.ts';
import { labels } from '../labels.ts';
import { makerLabel } from '../maker-label.ts';
import { createOfHelperImage } from './helper-container.ts';
import { pausePath } from './pause-program.ts';

const secretVariable = 'EXEC_AGENT_SECRET';
const MiB = 1024 ** 2;
// What starts it counts: with control groups v2 a runc needs up to 12 MiB for that, and is killed where it has less.
const holderMemory = 32 * MiB;
// Docker reports "started" a moment before the process is the one that was asked for, which is longer on a busy host.
const becomesItselfMs = 10_000;
const lookAgainMs = 5;

export const proxyHostName = 'host.docker.internal';

export interface HolderOptions {
  readonly engine: Engine;
  readonly owners: Owners;
  /** What an open network is called. */
  readonly openNetwork: string;
}

/**
 * Holds networks by containers that sleep: others join them. An engine whose processes are not to be seen from here, on
 * another machine or outside of our container, is found out by a secret in the environment of its process.
 */
export function createHolders({ engine, owners, openNetwork }: HolderOptions): NamespaceMaker {
  async function create(deployment: string, mode: 'none' | 'open', secret: string): Promise<string> {
    const { architecture } = await engine.facts();
    const known = knownArchitecture(architecture);
    if (known === undefined)
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `Services and ports need an engine on ${architectures.join(' or ')}; the one at ${engine.host} is on ${architecture || 'an unknown architecture'}.`,
      );
    const answer = await createOfHelperImage(engine, {
      Cmd: [pausePath(known)],
      Env: [`${secretVariable}=${secret}`],
      User: '65534:65534',
      Hostname: containerHostname,
      Labels: {
        [labels.deployment]: deployment,
        [labels.role]: 'network',
        [labels.secret]: secret,
        ...(await makerLabel(owners)),
      },
      HostConfig: {
        NetworkMode: mode === 'open' ? openNetwork : 'none',
        ExtraHosts: [
          `${proxyHostName}:127.0.0.1`,
          // On an open network the engine writes that line itself.
          ...(mode === 'open' ? [] : [`${containerHostname}:127.0.0.1`]),
        ],
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        Memory: holderMemory,
        MemorySwap: holderMemory,
        PidsLimit: 1,
        LogConfig: { Type: 'none' },
      },
    });
    return valueOrThrow(answer, `make a network (${mode === 'open' ? openNetwork : 'none'})`);
  }

  /** The namespace that a container holds; undefined when it is gone or has ended. */
  async function open(id: string): Promise<Namespace | undefined> {
    const answer = await engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema);
    if (!answer.ok && answer.status === 404) return undefined;
    const { State, Config } = valueOrThrow(answer, 'inspect what holds a network');
    const secret = Config?.Labels?.[labels.secret];
    if (!State.Running || !State.Pid || secret === undefined) return undefined;
    const pid = State.Pid;
    const mark = await markOf(pid);
    if (mark === undefined || !(await carries(pid, secret))) throw elsewhere(engine.host);
    return {
      id,
      path: `/proc/${pid}/ns/net`,
      isAlive: () => isAlive(mark),
      async claim(executionId) {
        const query = { name: claimedName('network', executionId) };
        valueOrThrow(await engine.tell({ method: 'POST', path: `/containers/${id}/rename`, query }), 'name a network');
      },
      remove: () => removeContainer(engine, id),
    };
  }

  async function makeOnce({ deployment, mode }: { deployment: string; mode: 'none' | 'open' }, signal: AbortSignal) {
    const id = await create(deployment, mode, randomUUID());
    try {
      signal.throwIfAborted();
      valueOrThrow(await engine.tell({ method: 'POST', path: `/containers/${id}/start` }), 'start a network');
      signal.throwIfAborted();
      const namespace = await open(id);
      if (namespace !== undefined) return namespace;
      throw new ExecError('RUNTIME_UNAVAILABLE', 'The container that was to hold a network ended at once.');
    } catch (error) {
      await removeContainer(engine, id);
      throw error;
    }
  }

  return {
    async make(options, signal) {
      try {
        return await makeOnce(options, signal);
      } catch (error) {
        if (!isStartRace(error)) throw error;
        signal.throwIfAborted();
        return makeOnce(options, signal);
      }
    },
    find: (_, id) => open(id),
  };
}

/**
 * A runc on a busy host may take its own start for another one, or end before it has started anything. Nothing of a user has run
 * in what is made anew.
 */
function isStartRace(error: unknown): boolean {
  return /cannot start (an already running container|a stopped process)/.test(messageOf(error));
}

async function carries(pid: number, secret: string): Promise<boolean> {
  const until = performance.now() + becomesItselfMs;
  for (;;) {
    const environment = await environmentOf(pid);
    if (environment === undefined) return false;
    if (environment.split('\0').includes(`${secretVariable}=${secret}`)) return true;
    if (performance.now() > until) return false;
    await delay(lookAgainMs);
  }
}

async function environmentOf(pid: number): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/environ`, 'utf8');
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}

function elsewhere(host: string): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `Services and ports need an engine whose processes the agent can see, and those of ${host} it cannot. Run the agent as root on the engine's machine; in a container, give it "pid: host" and the capabilities SYS_ADMIN and SYS_PTRACE.`,
  );
}
