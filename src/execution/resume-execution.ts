import type { Container, Sandbox } from '../runtimes/runtime.ts';
import { awaitWithSignal } from '../support/abort/await-with-signal.ts';
import { ExecError, toExecError } from '../support/exec-error.ts';
import type { ContainerProgress } from '../wire/record/record.ts';
import type { ExecutionTools } from './execution-tools.ts';
import {
  beginJourney,
  type Ended,
  type ExecutionJob,
  endJourney,
  isPutBack,
  type Journey,
  reasonOf,
  release,
} from './journey.ts';
import { keepUnreadSteps } from './steps/read-steps-again.ts';
import { runSteps } from './steps/run-steps.ts';

/**
 * Resumes an execution of a lost agent: keeps the results of the steps that had ended, re-attaches to the container of the
 * current one, which may still run or have ended meanwhile, and completes the remaining phases.
 */
export async function resumeExecution(
  job: ExecutionJob,
  progress: ContainerProgress,
  tools: ExecutionTools,
): Promise<Ended> {
  const journey = beginJourney(job, tools, progress.spent);
  try {
    return await resume(journey, progress);
  } finally {
    await journey.transcript.close();
  }
}

async function resume(journey: Journey, progress: ContainerProgress): Promise<Ended> {
  const { report, transcript, access, secrets, detach } = journey;
  const { sandbox, container } = await findAgain(journey, progress);
  try {
    if (detach.aborted) return 'detached';
    if (sandbox === undefined || (container === undefined && !hasEnded(progress))) throw gone();
    report.warn(...(sandbox.losses ?? []));
    // Without the values of the secrets, the output could not be masked.
    await secrets.read();
    transcript.note('another agent goes on with this execution');
    const { images = [] } = progress;
    for (const { digest } of images) report.usedImage(digest);
    await runSteps(journey, sandbox, images, { container, progress });
  } catch (error) {
    if (detach.aborted) return 'detached';
    if (progress.steps.length === 0 && isPutBack(journey, error)) return release(journey, sandbox);
    report.fail(reasonOf(journey, error));
  } finally {
    await access.end();
  }
  keepUnreadSteps(journey, progress.steps);
  return endJourney(journey, sandbox);
}

/** Whether the step of the recorded container has ended. */
function hasEnded({ step, steps }: ContainerProgress): boolean {
  return steps.length > step;
}

interface Found {
  readonly sandbox?: Sandbox | undefined;
  readonly container?: Container | undefined;
}

async function findAgain(
  { tools, report, access, detach, fence }: Journey,
  progress: ContainerProgress,
): Promise<Found> {
  const again = { network: access.network, fence };
  try {
    const sandbox = await awaitWithSignal(tools.runtime.recoverSandbox(progress.sandbox, again), detach);
    if (hasEnded(progress)) return { sandbox };
    const container = await (sandbox && awaitWithSignal(sandbox.recoverContainer(progress.container), detach));
    return { sandbox, container };
  } catch (error) {
    report.fail(toExecError(error));
    return {};
  }
}

function gone(): ExecError {
  return new ExecError(
    'AGENT_LOST',
    'The agent that ran this request vanished, and its container is gone too. Send the request again.',
  );
}
