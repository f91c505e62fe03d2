import type { Clock } from '../support/clock.ts';
import type { ExecError } from '../support/exec-error.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { Collected, Exit, Failure, Outcome, Phases, Spendings } from '../wire/record.ts';
import type { ImageScan } from '../wire/scan.ts';
import type { Transcript } from './transcript.ts';

/** Gathers what an answer is made of while the execution goes on. */
export interface ExecutionReport {
  /** Ends the phase that was under way and begins the next, which may have gone on for a while already (ms). */
  enter(phase: keyof Phases, alreadyMs?: number): void;
  /** The first failure decides the answer; later ones become warnings, unless they say the same. */
  fail(failure: Failure | ExecError): void;
  warn(...warnings: readonly string[]): void;
  failure(): Failure | undefined;
  exited(exit: Exit): void;
  /** A container is about to be started. */
  starting(): void;
  /** Whether that was ever said, so that something of the execution may run. */
  mayHaveStarted(): boolean;
  /** Whether a container was started, as far as this agent knows. */
  started(): boolean;
  /** Whether a container ran and ended, so that there is something to collect. */
  ran(): boolean;
  usedImage(digest: string): void;
  scanned(scan: ImageScan): void;
  /** Of the services that it was granted; undefined: none were. */
  spent(services: Spendings | undefined): void;
  collected(collected: Collected): void;
  outcome(): Outcome;
}

export function startReport(input: {
  readonly plan: ExecutionPlan;
  /** Not known of an execution that another agent had begun. */
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

/** Hundredths of a millisecond are as exact as anyone needs. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
