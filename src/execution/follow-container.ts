import type { Container, Sandbox } from '../runtimes/runtime.ts';
import { awaitWithSignal } from '../support/await-with-signal.ts';
import { formatBytes } from '../support/bytes.ts';
import { abortReason, settlesWithin } from '../support/deadline.ts';
import { ExecError, messageOf } from '../support/exec-error.ts';
import type { Exit, Failure } from '../wire/record.ts';
import type { Journey, StartedStep } from './journey.ts';
import { maskedLogs } from './masked-logs.ts';
import { watchLayer, watchOutput } from './watch-output.ts';

// Why a container is ended is recorded first, but a Redis that is away must not keep it running.
const recordReasonMs = 1000;

/**
 * Reads the output and waits for the end; ends the container when the signal says so, or when it writes more than it
 * may, with that reason as the failure.
 * @throws when the agent lets go
 */
export async function followContainer(
  journey: Journey,
  sandbox: Sandbox,
  { container, progress }: StartedStep,
  signal: AbortSignal,
): Promise<Exit> {
  const { plan, tools, report, detach } = journey;
  const overflow = new AbortController();
  const following = new AbortController();
  const eyes = { following: following.signal, overflow };
  const logsRead = readLogs(container, journey, eyes);
  const { layerBytes = tools.limits.layerBytes } = plan.resources;
  const layerLimits = { ...tools.limits, layerBytes };
  const outputWatched = Promise.all([
    watch('output', watchOutput(sandbox, tools.limits, following.signal), journey, eyes),
    watch('root filesystem', watchLayer(container, layerLimits, following.signal), journey, eyes),
  ]);
  const recordReason = async (failure: Failure) => {
    const kept = tools.journal.keep({ ...progress, state: 'running', failure });
    await settlesWithin(kept, recordReasonMs);
  };
  try {
    const interrupted = AbortSignal.any([signal, overflow.signal, detach]);
    const exit = await waitOrStop(container, journey, { interrupted, recordReason });
    if (!(await restIsRead(logsRead, journey)))
      report.warn('The output may be incomplete: it was still arriving when the container had long ended.');
    return exit;
  } finally {
    following.abort();
    await outputWatched;
  }
}

/** Waits for the rest of the output as long as more of it keeps coming: engines may be slow to tell it all. */
async function restIsRead(logsRead: Promise<void>, { tools, transcript, detach }: Journey): Promise<boolean> {
  for (;;) {
    const before = transcript.writtenBytes();
    if (await settlesWithin(logsRead, tools.limits.logDrainMs)) return true;
    if (detach.aborted || transcript.writtenBytes() === before) return false;
  }
}

interface Eyes {
  /** Aborted when there is nothing more to see. */
  readonly following: AbortSignal;
  /** Aborted, with the reason, when there is too much. */
  readonly overflow: AbortController;
}

async function readLogs(container: Container, journey: Journey, { following, overflow }: Eyes): Promise<void> {
  const { tools, transcript, report, secrets } = journey;
  const { logBytes, logLines, logOverflow } = tools.limits;
  try {
    for await (const chunk of maskedLogs(container.logs({ signal: following }), secrets.mask())) {
      const room = logBytes - transcript.writtenBytes();
      const kept = chunk.data.length <= room ? chunk : { ...chunk, data: chunk.data.subarray(0, room) };
      transcript.write(kept);
      tools.observe({ kind: 'log', chunk: kept });
      const isTooLong = transcript.writtenLines() > logLines;
      if (kept === chunk && !isTooLong) continue;
      const what = isTooLong
        ? `more than ${logLines} lines (EXEC_LOG_LINES_MAX)`
        : `more than ${formatBytes(logBytes)} (EXEC_LOG_MAX)`;
      if (logOverflow === 'stop') overflow.abort(tooMuchLog(what));
      else cutLog(journey, what);
      return;
    }
  } catch (error) {
    if (!following.aborted) report.warn(`The output could not be read to its end: ${messageOf(error)}`);
  }
}

function cutLog({ transcript, report }: Journey, what: string): void {
  transcript.end(`the log was cut here: the container wrote ${what}`);
  report.warn(`The log was cut: the container wrote ${what} to stdout and stderr.`);
}

async function watch(
  what: string,
  watching: Promise<ExecError | undefined>,
  { report }: Journey,
  { following, overflow }: Eyes,
): Promise<void> {
  try {
    const problem = await watching;
    if (problem !== undefined) overflow.abort(problem);
  } catch (error) {
    if (!following.aborted) report.warn(`The size of the ${what} could not be watched: ${messageOf(error)}`);
  }
}

async function waitOrStop(
  container: Container,
  { tools, report, detach }: Journey,
  ending: { readonly interrupted: AbortSignal; readonly recordReason: (failure: Failure) => Promise<void> },
): Promise<Exit> {
  try {
    return await container.wait(ending.interrupted);
  } catch (error) {
    if (!ending.interrupted.aborted || detach.aborted) throw error;
    const { code, message } = abortReason(ending.interrupted);
    report.fail({ code, message });
    await ending.recordReason({ code, message });
    await awaitWithSignal(container.stop(tools.limits.stopGraceMs), detach);
    return container.wait(detach);
  }
}

function tooMuchLog(what: string): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    `The container wrote ${what} to stdout and stderr and was stopped. Write less, write to a file in /workspace/output, or have the limit raised.`,
  );
}
