import { ExecError } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import { toHundredths } from '../../wire/record/outcome-facts.ts';
import type { Collected, EndedStep, Failure, Outcome, Spendings } from '../../wire/record/record.ts';
import type { ImageScan } from '../../wire/scan.ts';
import { part, plainText, type Sentence, sentence } from '../../wire/sentence.ts';
import type { ExecutionTrace } from '../execution-trace.ts';
import type { Transcript } from '../output/transcript.ts';
import { failureOfStep, nameStep } from '../steps/name-step.ts';
import { whereToWrite } from './writable-paths.ts';

/** Collects the parts of the response while the execution runs. */
export interface ExecutionReport {
  /** Ends the current phase and begins the next. A phase that is entered several times takes the sum. */
  enter(phase: 'staged' | 'started' | 'collected'): void;
  /** Ends the current phase. */
  leave(): void;
  /** The first failure decides the response. Later ones become warnings, unless they are equal to it. */
  fail(failure: Failure | ExecError): void;
  warn(...warnings: readonly Sentence[]): void;
  failure(): Failure | undefined;
  /** A step has ended, here or before this agent took over. Its failure is that of the execution, unless it is ignored. */
  stepEnded(step: EndedStep): void;
  /** The steps that have ended, in order. */
  steps(): readonly EndedStep[];
  /** A container is about to be started. */
  starting(): void;
  /** Whether `starting` was called, so that a container may be running. */
  mayHaveStarted(): boolean;
  /** A container was started. */
  started(): void;
  /** Whether a container was started, as far as this agent knows. */
  hasStarted(): boolean;
  /** Whether a container ran and ended, so that outputs can be collected. */
  ran(): boolean;
  usedImage(digest: string): void;
  scanned(scan: ImageScan): void;
  /** Usage of the granted services; undefined: none were granted. */
  spent(services: Spendings | undefined): void;
  collected(collected: Collected): void;
  /** The whole output is in that object. */
  keptLog(log: NonNullable<Outcome['log']>): void;
  outcome(): Outcome;
}

export function startReport(input: {
  readonly plan: ExecutionPlan;
  /** Absent for an execution that another agent started. */
  readonly queuedMs: number | undefined;
  readonly runtime: string;
  readonly transcript: Transcript;
  readonly clock: Clock;
  readonly trace?: ExecutionTrace | undefined;
}): ExecutionReport {
  const { plan, transcript, clock, trace } = input;
  const startedAt = clock.now();
  const phases: Outcome['phases'] = input.queuedMs === undefined ? {} : { queued: toHundredths(input.queuedMs) };
  const warnings: Sentence[] = [...plan.warnings];
  const steps: EndedStep[] = [];
  let current:
    | { phase: 'staged' | 'started' | 'collected'; since: number; ended: (() => void) | undefined }
    | undefined;
  let startingOnce = false;
  let startedOnce = false;
  let failure: Failure | undefined;
  let collected: Collected | undefined;
  let imageDigest: string | undefined;
  let imageScan: ImageScan | undefined;
  let services: Spendings | undefined;
  let log: Outcome['log'];

  const leave = () => {
    if (current === undefined) return;
    const { phase, since, ended } = current;
    ended?.();
    phases[phase] = toHundredths((phases[phase] ?? 0) + performance.now() - since);
    current = undefined;
  };
  const fail = (problem: Failure | ExecError) => {
    const message = problem instanceof ExecError ? problem.sentence : problem.message;
    if (failure === undefined) failure = { code: problem.code, message };
    else if (plainText(message) !== plainText(failure.message)) warnings.push(message);
  };

  return {
    enter(phase) {
      leave();
      current = { phase, since: performance.now(), ended: trace?.begin(phase) };
    },
    leave,
    fail,
    warn: (...more) => void warnings.push(...more),
    failure: () => failure,
    stepEnded(step) {
      steps.push(step);
      const index = steps.length - 1;
      trace?.stepEnded(step, index);
      if (step.exit?.memoryKill === true)
        warnings.push(nameStep(plan, index, killedInside(plan.resources.memoryBytes)));
      if (step.failure !== undefined && step.ignored !== true) fail(failureOfStep(plan, index, step.failure));
    },
    steps: () => steps,
    starting() {
      startingOnce = true;
    },
    mayHaveStarted: () => startingOnce,
    started() {
      startedOnce = true;
    },
    hasStarted: () => startedOnce || steps.length > 0,
    ran: () => steps.some(({ exit }) => exit !== undefined),
    scanned: (scan) => {
      imageScan = scan;
    },
    usedImage: (digest) => {
      imageDigest = digest;
    },
    spent: (value) => {
      services = value;
    },
    keptLog: (value) => {
      log = value;
    },
    collected(value) {
      collected = value;
      for (const problem of value.failures) fail(problem);
      warnings.push(...value.warnings);
    },
    outcome() {
      leave();
      const omittedBytes = transcript.omittedBytes();
      if (omittedBytes > 0)
        warnings.push(
          `${omittedBytes} bytes in the middle of the output are left out: it is longer than a response keeps (EXEC_LOG_KEEP). ${log === undefined ? `Write long results to a file${whereToWrite(plan)}.` : `"exec-agent logs ${plan.id}" prints the whole output.`}`,
        );
      return {
        ...(failure === undefined ? {} : { failure }),
        steps: steps.map(({ container: _, ...result }) => result),
        output: transcript.output(),
        ...(log === undefined ? {} : { log }),
        ...(plan.returnLogs ? { logs: transcript.logs() } : {}),
        ...(collected === undefined ? {} : { collected }),
        runtime: input.runtime,
        ...(imageDigest === undefined ? {} : { imageDigest }),
        ...(imageScan === undefined ? {} : { imageScan }),
        ...(services === undefined ? {} : { services }),
        phases,
        warnings,
        startedAt,
        finishedAt: clock.now(),
      };
    },
  };
}

function killedInside(memoryBytes: number): Sentence {
  return sentence`The container reached its memory limit of ${formatBytes(memoryBytes)}, and the kernel ended a process while the command ran; the command itself exited with 0. Check its results, or ask for more with ${part('resources.memory')}.`;
}
