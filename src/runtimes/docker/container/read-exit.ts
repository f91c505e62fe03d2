import { ExecError } from '../../../support/exec-error.ts';
import { readJson } from '../../../support/json/read-json.ts';
import type { Exit } from '../../../wire/record/record.ts';
import { explainFailedExec, failedExecCodes } from '../../command/explain-failed-exec.ts';
import type { DockerLimits } from '../docker-options.ts';
import { acceptsConnections } from '../engine/accepts-connections.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { containerSchema, exitSchema } from '../engine/engine-schemas.ts';
import { isConnectionLost } from '../engine/explain-connection-error.ts';
import { hasEvent } from '../engine/has-event.ts';
import { createFaultPause, isLogFault } from '../logs/log-fault.ts';
import { type Message, readMessages } from '../logs/read-messages.ts';
import { codeOfKilled, codesOfStopped, doubtEnd } from '../recovery/doubt-end.ts';
import { type EngineLoss, observeLoss } from '../recovery/engine-loss.ts';
import { awaitOutOfMemory, countMemoryKills } from './await-out-of-memory.ts';

const unknownCode = 255;

export interface ExitOptions {
  readonly engine: Engine;
  readonly containerId: string;
  /** For the message when its init process could not run it. */
  readonly command: string | undefined;
  readonly limits: DockerLimits;
  /** How often the engine had been lost when the container was made. */
  readonly lossesBefore: number;
  /** An agent that has vanished made it: nobody knows what its engine went through meanwhile. */
  readonly recovered: boolean;
  /** How often this machine's kernel had killed for memory; undefined: not known. */
  readonly memoryKillsBefore: number | undefined;
  /** How often the kernel has ended a process in it for memory, by its control group; undefined: not known. */
  readonly memoryKillsInside: () => Promise<number | undefined>;
  /** What was seen when it was lost during the start. */
  readonly lossAtStart: EngineLoss | undefined;
}

/**
 * Waits for the end of a started container. The engine is asked for more than the code only when that can matter.
 * @throws ExecError START_FAILED | RUNTIME_UNAVAILABLE; the signal's reason
 */
export async function readExit(options: ExitOptions, signal: AbortSignal): Promise<Exit> {
  const { engine, containerId, command, limits, lossesBefore, lossAtStart, recovered, memoryKillsBefore } = options;
  signal.throwIfAborted();
  const losses: EngineLoss[] = lossAtStart === undefined ? [] : [lossAtStart];
  let heard: number | undefined;
  return retryWhileEngineDown(engine, limits, signal, async () => {
    // What was heard once stays: an engine that is lost after that may say something else.
    heard ??= await waitForEnd(engine, containerId, signal).catch(async (error: unknown) => {
      if (isConnectionLost(error)) losses.push(await observeLoss(engine.host, containerId));
      throw error;
    });
    const code = heard;
    const wasWatched = !recovered && losses.length === 0 && engine.losses() === lossesBefore;
    const mayBeKill = code === 0 && (await mayHaveKilled(options));
    if (code === 0 && wasWatched && !mayBeKill) return { code, reason: 'exited' };
    const state = await inspect(engine, containerId, signal);
    const end = { code, at: state.FinishedAt == null ? undefined : Date.parse(state.FinishedAt) };
    const times = end.at !== undefined && end.at > 0 ? { endedAt: end.at } : {};
    const doubt = wasWatched ? 'none' : await doubtEnd(end, { engine, containerId, losses }, signal);
    if (doubt === 'invented') return { code: unknownCode, reason: 'unknown', why: exitCodeLost, ...times };
    if (code === 0) {
      const memoryKill = mayBeKill && (state.OOMKilled === true || (await wasKilledInside(options, signal)));
      return { code, reason: 'exited', ...(memoryKill && { memoryKill }), ...times };
    }
    // With v2 an engine may never receive it: the group that it watches is removed with the container.
    if (state.OOMKilled === true || (await options.memoryKillsInside()))
      return { code, reason: 'out-of-memory', ...times };
    if (code === codeOfKilled && (await awaitOutOfMemory(engine, containerId, memoryKillsBefore, signal)))
      return { code, reason: 'out-of-memory', ...times };
    const endedWithEngine = doubt === 'ended with its engine';
    if (endedWithEngine || (codesOfStopped.has(code) && (await isOrWasAway(options))))
      return { code, reason: 'runtime-stopped', why: stoppedWithEngine(code), ...times };
    if (failedExecCodes.has(code)) {
      const output = await onlyMessage(engine, containerId, limits, signal);
      const failure = output?.stream === 'stderr' ? explainFailedExec(output.data.toString(), command) : undefined;
      if (failure !== undefined) throw failure;
    }
    return { code, reason: 'exited', ...times };
  });
}

const exitCodeLost = 'The container ended just when Docker was killed, and Docker lost the exit code.';

function stoppedWithEngine(code: number): string {
  return `Docker was stopped while the container ran, and ended it with signal ${code - 128}. Set "live-restore": true in the configuration of Docker, so that containers outlive it.`;
}

// The command may end just after its child, and the engine learns of each by another way.
const shortlyLateMs = 200;

/** Whether the kernel may have ended a process in a container whose command ended well: cheap, as most have none. */
async function mayHaveKilled({ engine, memoryKillsBefore, memoryKillsInside }: ExitOptions): Promise<boolean> {
  const inside = await memoryKillsInside();
  if (inside !== undefined) return inside > 0;
  return memoryKillsBefore === undefined || (await countMemoryKills(engine.host)) !== memoryKillsBefore;
}

async function wasKilledInside(
  { engine, containerId, memoryKillsBefore, memoryKillsInside }: ExitOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await memoryKillsInside()) !== undefined) return true;
  // Of another machine's kernel only the engine's state is asked, which costs no time.
  if (memoryKillsBefore === undefined) return false;
  return hasEvent(engine, containerId, { event: 'oom', lateMs: shortlyLateMs }, signal);
}

/** Since the container was made. */
async function isOrWasAway({ engine, limits, lossesBefore }: ExitOptions): Promise<boolean> {
  return engine.losses() > lossesBefore || !(await acceptsConnections(engine.host, limits.connectTimeoutMs));
}

/** Resolves with the exit code once the container does not run (any more). */
export async function waitForEnd(engine: Engine, containerId: string, signal: AbortSignal): Promise<number> {
  const { podman } = await engine.facts();
  for (;;) {
    const request = { method: 'POST', path: `/containers/${containerId}/wait`, signal } as const;
    const { body, explain } = valueOrThrow(await engine.stream(request), 'wait for a container');
    const code = await readCode(body).catch((error: unknown) => {
      throw explain(error);
    });
    if (!podman) return code;
    // Podman's wait may come back while the container still runs.
    const state = await inspect(engine, containerId, signal);
    if (!state.Running) return state.ExitCode;
  }
}

async function readCode(body: AsyncIterable<Uint8Array>): Promise<number> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const { data, problem } = readJson(Buffer.concat(chunks).toString(), exitSchema);
  if (problem === undefined) return data.StatusCode;
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The Docker Engine gave an exit status that cannot be understood (${problem})`,
  );
}

async function inspect(engine: Engine, containerId: string, signal: AbortSignal) {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${containerId}/json`, signal }, containerSchema);
  return valueOrThrow(answer, 'inspect a container').State;
}

/** The message of a container that wrote exactly one, if the engine can read it. */
async function onlyMessage(
  engine: Engine,
  containerId: string,
  limits: DockerLimits,
  signal: AbortSignal,
): Promise<Message | undefined> {
  const query = { follow: false, tail: 2, maxMessageBytes: limits.logMessageBytes, signal };
  const untilReadable = createFaultPause(limits);
  for (;;) {
    const messages: Message[] = [];
    try {
      for await (const some of readMessages(engine, containerId, query)) messages.push(...some);
      return messages.length === 1 ? messages[0] : undefined;
    } catch (error) {
      if (!isLogFault(error)) throw error;
      if (!(await untilReadable('the end', signal))) return undefined;
    }
  }
}
