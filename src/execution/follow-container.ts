import type { Container } from '../runtimes/runtime.ts';
import { formatBytes } from '../support/bytes.ts';
import { abortReason, settlesWithin } from '../support/deadline.ts';
import { ExecError, messageOf } from '../support/exec-error.ts';
import type { Exit, Failure } from '../wire/record.ts';
import type { Journey, StartedStep } from './journey.ts';

// Why a container is ended is recorded first, but a Redis that is away must not keep it running.
const recordReasonMs = 1000;

/**
 * Reads the output and waits for the end; ends the container when the signal says so, with its reason as the failure.
 * @throws when the agent lets go
 */
export async function followContainer(
  journey: Journey,
  { container, progress }: StartedStep,
  signal: AbortSignal,
): Promise<Exit> {
  const { tools, report, detach } = journey;
  const overflow = new AbortController();
  const reading = new AbortController();
  const logsRead = readLogs(container, journey, { reading: reading.signal, overflow });
  const recordReason = async (failure: Failure) => {
    const kept = tools.journal.keep({ ...progress, state: 'running', failure });
    await settlesWithin(kept, recordReasonMs);
  };
  try {
    const interrupted = AbortSignal.any([signal, overflow.signal, detach]);
    const exit = await waitOrStop(container, journey, { interrupted, recordReason });
    if (!(await settlesWithin(logsRead, tools.limits.logDrainMs)))
      report.warn('The output may be incomplete: it was still arriving when the container had long ended.');
    return exit;
  } finally {
    reading.abort();
  }
}

async function readLogs(
  container: Container,
  { tools, transcript, report }: Journey,
  { reading, overflow }: { readonly reading: AbortSignal; readonly overflow: AbortController },
): Promise<void> {
  const { logBytes, logOverflow } = tools.limits;
  try {
    for await (const chunk of container.logs({ signal: reading })) {
      transcript.write(chunk);
      tools.observe({ kind: 'log', chunk });
      if (logOverflow === 'cut' || transcript.writtenBytes() <= logBytes) continue;
      overflow.abort(tooMuchOutput(logBytes));
      return;
    }
  } catch (error) {
    if (!reading.aborted) report.warn(`The output could not be read to its end: ${messageOf(error)}`);
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
    await container.stop(tools.limits.stopGraceMs);
    return container.wait(new AbortController().signal);
  }
}

function tooMuchOutput(limit: number): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    `The container wrote more than ${formatBytes(limit)} to stdout and stderr and was stopped. ` +
      'Write less, write to a file in /workspace/output, or raise EXEC_LOG_MAX.',
  );
}
