import type { ExecError } from '../../support/exec-error.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { ExecutionPlan } from '../../wire/plan.ts';
import type { Collected, Exit, Failure, Outcome, Phases, Spendings } from '../../wire/record.ts';
import type { ImageScan } from '../../wire/scan.ts';
import type { Transcript } from '../output/transcript.ts';

/** Collects the parts of the response while the execution runs. */
export interface ExecutionReport {
  /** Ends the current phase and begins the next, which may have started some milliseconds ago. */
  enter(phase: keyof Phases, alreadyMs?: number): void;
  /** The first failure decides the response. Later ones become warnings, unless they are equal to it. */
  fail(failure: Failure | ExecError): void;
  warn(...warnings: readonly string[]): void;
  failure(): Failure | undefined;
  exited(exit: Exit): void;
  /** A container is about to be started. */
  starting(): void;
  /** Whether `starting` was called, so that a container may be running. */
  mayHaveStarted(): boolean;
  /** Whether a container was started, as far as this agent knows. */
  started(): boolean;
  /** Whether a container ran and ended, so that outputs can be collected. */
  ran(): boolean;
  usedImage(digest: string): void;
  scanned(scan: ImageScan): void;
  /** Usage of the granted services; undefined: none were granted. */
  spent(services: Spendings | undefined): void;
  collected(collected: Collected): void;
  outcome(): Outcome;
}

export function startReport(input: {
  readonly plan: ExecutionPlan;
  /** Absent for an execution that another agent started. */
  readonly queuedMs: number | undefined;
  readonly runtime: string;
  readonly transcript: Transcript;
  readonly clock: Clock;
}): ExecutionReport {
  const { plan, transcript, clock } = input;
  const startedAt = clock.now();
  const phases: Phases = input.queuedMs === undefined ? {} : { queued: round(input.queuedMs) };
  const warnings: string[] = [...plan.warnings];
  let current: { phase: keyof Phases; since: number } | undefined;
  let startingOnce = false;
  let startedOnce = false;
  let failure: Failure | undefined;
  let exit: Exit | undefined;
  let collected: Collected | undefined;
  let imageDigest: string | undefined;
  let imageScan: ImageScan | undefined;
  let services: Spendings | undefined;

  const leave = () => {
    if (current !== undefined) phases[current.phase] = round(performance.now() - current.since);
    current = undefined;
  };
  const fail = ({ code, message }: Failure | ExecError) => {
    if (failure === undefined) failure = { code, message };
    else if (message !== failure.message) warnings.push(message);
  };

  return {
    enter(phase, alreadyMs = 0) {
      leave();
      startedOnce ||= phase === 'ran';
      current = { phase, since: performance.now() - alreadyMs };
    },
    fail,
    warn: (...more) => void warnings.push(...more),
    failure: () => failure,
    exited: (value) => {
      exit = value;
    },
    starting() {
      startingOnce = true;
    },
    mayHaveStarted: () => startingOnce,
    started: () => startedOnce,
    ran: () => exit !== undefined,
    scanned: (scan) => {
      imageScan = scan;
    },
    usedImage: (digest) => {
      imageDigest = digest;
    },
    spent: (value) => {
      services = value;
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
          `${omittedBytes} bytes in the middle of the output are left out: it is longer than a response keeps (EXEC_LOG_KEEP). Write long results to a file in /workspace/output.`,
        );
      return {
        ...(failure === undefined ? {} : { failure }),
        ...(exit === undefined ? {} : { exit }),
        output: transcript.output(),
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

/** Rounds to hundredths of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
