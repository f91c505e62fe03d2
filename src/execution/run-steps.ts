import type { ResolvedImage, Sandbox, StartBounds } from '../runtimes/runtime.ts';
import { ExecError } from '../support/exec-error.ts';
import { formatBytes } from '../support/text/bytes.ts';
import { awaitWithSignal } from '../support/time/await-with-signal.ts';
import { withDeadline } from '../support/time/deadline.ts';
import type { ExecutionLimits } from './execution-tools.ts';
import type { Journey, StartedStep } from './journey.ts';
import { followContainer } from './output/follow-container.ts';
import { ranTooLong } from './report/deadline-errors.ts';
import { failureOf } from './report/failure-of-exit.ts';

// A container that ended in time while no agent was attached must not count as timed out.
const shortestWaitMs = 1000;

/** Runs the steps in order until one fails. The timeout of the plan applies to all of them together. */
export async function runSteps(
  journey: Journey,
  sandbox: Sandbox,
  images: readonly ResolvedImage[],
  from?: StartedStep,
): Promise<void> {
  const { plan, tools, signal: parent } = journey;
  const now = tools.clock.now();
  const deadline = from?.progress.deadline ?? now + plan.timeoutSeconds * 1000;
  const ms = from === undefined ? deadline - now : Math.max(deadline - now, shortestWaitMs);
  const first = from?.progress.step ?? 0;
  await withDeadline({ ms, reason: () => ranTooLong(plan.timeoutSeconds), parent }, async (signal) => {
    for (let step = first; step < plan.steps.length; step++) {
      const resumed = step === first ? from : undefined;
      const started = resumed ?? (await startStep(journey, sandbox, images, { step, deadline, signal }));
      if (resumed !== undefined) await takeOver(journey, resumed);
      if (!(await endsWell(journey, sandbox, started, signal))) return;
    }
  });
}

async function startStep(
  { plan, tools, report, secrets, detach }: Journey,
  sandbox: Sandbox,
  images: readonly ResolvedImage[],
  { step: index, deadline, signal }: { step: number; deadline: number; signal: AbortSignal },
): Promise<StartedStep> {
  const [step, image] = [plan.steps[index], images[index]];
  if (step === undefined || image === undefined) throw new ExecError('INTERNAL', `Step ${index} has no image.`);
  report.enter('started');
  const container = await sandbox.create({ step, image, secrets: secrets.values() });
  const handles = { sandbox: sandbox.handle, container: container.handle, images: [...images] };
  const progress = { ...handles, step: index, startedAt: tools.clock.now(), deadline };
  await tools.journal.keep({ ...progress, state: 'running' });
  // The last point before anything is started.
  signal.throwIfAborted();
  detach.throwIfAborted();
  report.starting();
  await awaitWithSignal(container.start(boundsOf(tools.limits, deadline)), detach);
  report.enter('ran');
  tools.observe({ kind: 'state', state: 'running' });
  return { container, progress };
}

/** What the agent enforces while it is there, for a sandbox that does so without it. */
function boundsOf({ outputBytes, outputFiles, logBytes }: ExecutionLimits, deadline: number): StartBounds {
  return { deadline, outputBytes, outputFiles, logBytes };
}

/** The container may be running, have ended, or never have been started; starting it is safe in every case. */
async function takeOver({ tools, report, detach }: Journey, { container, progress }: StartedStep): Promise<void> {
  if (progress.failure !== undefined) {
    report.fail(progress.failure);
    await awaitWithSignal(container.stop(tools.limits.stopGraceMs), detach);
  }
  report.starting();
  await awaitWithSignal(container.start(boundsOf(tools.limits, progress.deadline)), detach);
  report.enter('ran', tools.clock.now() - progress.startedAt);
}

async function endsWell(
  journey: Journey,
  sandbox: Sandbox,
  started: StartedStep,
  signal: AbortSignal,
): Promise<boolean> {
  const { plan, report, transcript, tools } = journey;
  const exit = await followContainer(journey, sandbox, started, signal);
  report.exited(exit);
  if (exit.memoryKill === true) report.warn(killedInside(plan.resources.memoryBytes));
  transcript.note(`the container ended with code ${exit.code}`);
  // An agent that resumes here sees only the exit code, so the record keeps why the container was stopped.
  const reason = report.failure();
  await tools.journal.keep({ ...started.progress, state: 'collecting', ...(reason && { failure: reason }) });
  const step = plan.steps[started.progress.step];
  const failure = step && failureOf({ exit, plan, step, output: transcript.output });
  if (report.failure() === undefined && failure !== undefined && step?.ignoreError !== true) report.fail(failure);
  return report.failure() === undefined;
}

function killedInside(memoryBytes: number): string {
  return `The container reached its memory limit of ${formatBytes(memoryBytes)}, and the kernel ended a process while the command ran; the command itself exited with 0. Check its results, or ask for more with container.resources.memory.`;
}
