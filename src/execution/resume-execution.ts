import type { Container, Sandbox } from '../runtimes/runtime.ts';
import { ExecError, toExecError } from '../support/exec-error.ts';
import type { ContainerProgress } from '../wire/record.ts';
import type { ExecutionTools } from './execution-tools.ts';
import { beginJourney, type Ended, type ExecutionJob, endJourney, type Journey } from './journey.ts';
import { runSteps } from './run-steps.ts';

/**
 * Goes on where a vanished agent stopped: follows the container that it had created, whether that still runs or has
 * ended meanwhile, and brings the journey to its end.
 */
export async function resumeExecution(
  job: ExecutionJob,
  progress: ContainerProgress,
  tools: ExecutionTools,
): Promise<Ended> {
  const journey = beginJourney(job, tools);
  const { report, transcript } = journey;
  const { sandbox, container } = await findAgain(journey, progress);
  try {
    if (sandbox === undefined || container === undefined) throw gone();
    transcript.note('another agent goes on with this execution');
    const { images = [] } = progress;
    for (const { digest } of images) report.usedImage(digest);
    await runSteps(journey, sandbox, images, { container, progress });
  } catch (error) {
    if (job.detach.aborted) return 'detached';
    report.fail(toExecError(error));
  }
  return endJourney(journey, sandbox);
}

interface Found {
  readonly sandbox?: Sandbox | undefined;
  readonly container?: Container | undefined;
}

async function findAgain({ tools, report }: Journey, progress: ContainerProgress): Promise<Found> {
  try {
    const sandbox = await tools.runtime.recoverSandbox(progress.sandbox);
    return { sandbox, container: await sandbox?.recoverContainer(progress.container) };
  } catch (error) {
    const failure = toExecError(error);
    // The container may run on while its engine is away: it is looked for again when this lease has run out.
    if (failure.code === 'RUNTIME_UNAVAILABLE') throw failure;
    report.fail(failure);
    return {};
  }
}

function gone(): ExecError {
  return new ExecError(
    'AGENT_LOST',
    'The agent that ran this request vanished, and its container is gone too. Send the request again.',
  );
}
