import { type ResolvedImage, type Sandbox, type StepSpec, sandboxSpecOf } from '../runtimes/runtime.ts';
import { allEnded } from '../support/time/all-ended.ts';
import { withDeadline } from '../support/time/deadline.ts';
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
import { checkConfinement } from './prepare/check-confinement.ts';
import { checkNetwork } from './prepare/check-network.ts';
import { pullImages } from './prepare/pull-images.ts';
import { stageTooSlow } from './report/deadline-errors.ts';
import { runSteps } from './steps/run-steps.ts';

/**
 * Runs all phases of one execution: image, sandbox, inputs, containers, outputs, response, cleanup. Never rejects because
 * of the request or its container; those errors are part of the outcome.
 */
export async function runExecution(job: ExecutionJob, tools: ExecutionTools): Promise<Ended> {
  const journey = beginJourney(job, tools);
  try {
    return await run(journey);
  } finally {
    await journey.transcript.close();
  }
}

async function run(journey: Journey): Promise<Ended> {
  const { plan, report, access, tools, ...job } = journey;
  const signal = AbortSignal.any([job.signal, job.detach]);
  let sandbox: Sandbox | undefined;
  try {
    report.enter('staged');
    tools.observe({ kind: 'state', state: 'staging' });
    // A runtime that is away now must not cost the execution an attempt.
    await tools.removeEarlier?.();
    await checkConfinement(journey, signal);
    await checkNetwork(journey, signal);
    const images = await pullImages(journey, signal);
    await readSecrets(journey);
    const shared = { deployment: tools.deployment, fence: job.fence, network: access.network };
    const spec = sandboxSpecOf(plan, { ...shared, steps: stepSpecsOf(journey, images) });
    sandbox = await tools.runtime.openSandbox(spec, signal);
    await allEnded([
      tools.journal.keep({ state: 'staging', sandbox: sandbox.handle, images: [...images] }),
      stageInputs(journey, sandbox, signal),
    ]);
    await runSteps(journey, sandbox, images);
  } catch (error) {
    if (job.detach.aborted) return report.mayHaveStarted() ? 'detached' : release(journey, sandbox);
    if (isPutBack(journey, error)) return release(journey, sandbox);
    report.fail(reasonOf(journey, error));
  } finally {
    await access.end();
  }
  return endJourney(journey, sandbox);
}

function stepSpecsOf({ plan, secrets }: Journey, images: readonly ResolvedImage[]): readonly StepSpec[] {
  return images.flatMap((image, index) => {
    const step = plan.steps[index];
    return step === undefined ? [] : [{ step, image, secrets: secrets.values() }];
  });
}

async function readSecrets({ secrets, report }: Journey): Promise<void> {
  await secrets.read();
  for (const name of secrets.unmasked())
    report.warn(`The secret ${name} is too short to be covered in output and files.`);
}

async function stageInputs({ plan, tools, report, transcript }: Journey, sandbox: Sandbox, parent: AbortSignal) {
  const ms = tools.limits.stageMs;
  const deadline = { ms, reason: () => stageTooSlow(ms), parent };
  const staged = await withDeadline(deadline, (signal) => sandbox.stage(plan.inputs, signal, plan.tenant));
  report.warn(...staged.warnings);
  tools.observe({ kind: 'staged', bytes: staged.bytes });
  transcript.note(`staged ${staged.files} input files, ${staged.bytes} bytes`);
}
