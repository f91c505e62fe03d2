import type { Assignment, ExecutionQueue } from '../queue/execution-queue.ts';
import { settlesWithin } from '../support/deadline.ts';
import { ExecError } from '../support/exec-error.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ContainerProgress } from '../wire/record.ts';

/** Runs as many executions at once as there are slots, each taken from the queue when a slot is free. */
export interface WorkPool {
  /** Takes work from now on. */
  start(): void;
  /** Follows an execution that another agent had begun; it does not wait for a slot, since it runs already. */
  resume(assignment: Assignment, progress: ContainerProgress): void;
  /** Cancels the execution if it is worked on here. */
  cancel(executionId: string): boolean;
  /** Ends the execution with that error, if it is worked on here: its output so far is still returned. */
  fail(executionId: string, error: ExecError): void;
  /** Renews the leases of what is worked on here, and cancels what is marked for it. */
  renew(): Promise<void>;
  /** Whether it is worked on here, be it no more than its removal. */
  worksOn(executionId: string): boolean;
  /** Executions that are worked on here. */
  load(): number;
  /** Takes no more work and waits for what is worked on; lets go of what is not done after the time. */
  drain(ms: number): Promise<void>;
}

/** One execution to work on. */
export interface Work {
  readonly assignment: Assignment;
  /** Where a vanished agent had come to; absent: from the beginning. */
  readonly progress?: ContainerProgress;
  /** Aborted with an ExecError to cancel. */
  readonly signal: AbortSignal;
  /** Aborted to let go without an answer. */
  readonly detach: AbortSignal;
}

export interface WorkPoolOptions {
  readonly queue: ExecutionQueue;
  readonly slots: number;
  /** How often the leases are renewed, in milliseconds. */
  readonly renewMs: number;
  /** How often the queue is asked although it did not say that there is work, in milliseconds. */
  readonly pollMs: number;
  readonly run: (work: Work) => Promise<void>;
  /** Asked before every execution that is taken; false when this machine is short of something. */
  readonly mayTake: (load: number) => Promise<boolean>;
  readonly logger: Logger;
}

interface Running {
  readonly assignment: Assignment;
  readonly cancel: AbortController;
  readonly detach: AbortController;
  readonly done: Promise<void>;
}

export function createWorkPool(options: WorkPoolOptions): WorkPool {
  const { queue, slots, logger } = options;
  const running = new Map<string, Running>();
  let open = false;
  let taking = false;
  let askedAgain = false;
  /** True when the queue may hold work that was not taken. The queue reports work that is added later. */
  let leftSome = true;
  let filling = Promise.resolve();

  const begin = (assignment: Assignment, progress?: ContainerProgress) => {
    const { id } = assignment.plan;
    const [cancel, detach] = [new AbortController(), new AbortController()];
    if (assignment.canceled) cancel.abort(canceled());
    const work = { assignment, ...(progress && { progress }), signal: cancel.signal, detach: detach.signal };
    // What another agent gave back meanwhile begins once this agent has let go of it.
    const earlier = running.get(id);
    earlier?.detach.abort(takenOver());
    const done = (earlier?.done ?? Promise.resolve())
      .then(() => options.run(work))
      .catch((error: unknown) => logger.error({ err: error, execution: id }, 'the execution ended badly'))
      .finally(() => {
        if (running.get(id)?.detach === detach) running.delete(id);
        if (leftSome) fill();
      });
    running.set(id, { assignment, cancel, detach, done });
  };

  const fill = () => {
    askedAgain = true;
    if (!taking) filling = takeWhileAsked();
  };

  const takeWhileAsked = async () => {
    taking = true;
    try {
      while (askedAgain && open) {
        askedAgain = false;
        await takeAll();
      }
    } catch (error) {
      logger.warn({ err: error }, 'the queue did not answer; it is asked again');
    } finally {
      taking = false;
    }
  };

  const takeAll = async () => {
    leftSome = true;
    while (open && running.size < slots && (await options.mayTake(running.size / slots))) {
      const assignment = await queue.take();
      leftSome = assignment?.othersWait ?? false;
      if (assignment === undefined) return;
      if (open) begin(assignment);
      else await queue.requeue(assignment, 0, 'released');
      if (!leftSome) return;
    }
  };

  const renewAll = async () => {
    const held = [...running.values()].map(({ assignment }) => assignment);
    for (const { plan } of await queue.renew(held)) running.get(plan.id)?.detach.abort(takenOver());
    // The message that asks to cancel may not have reached this agent; the mark in the record does.
    for (const { plan } of await queue.askedToCancel(held)) running.get(plan.id)?.cancel.abort(canceled());
  };

  const renew = async () => {
    try {
      await renewAll();
    } catch (error) {
      logger.warn({ err: error }, 'the leases could not be renewed; it is tried again');
    }
  };

  const stopListening = queue.onWork(fill);
  const poll = setInterval(fill, options.pollMs);
  const renewal = setInterval(() => void renew(), options.renewMs);

  return {
    start() {
      open = true;
      fill();
    },
    resume: begin,
    cancel(executionId) {
      const found = running.get(executionId);
      found?.cancel.abort(canceled());
      return found !== undefined;
    },
    fail: (executionId, error) => running.get(executionId)?.cancel.abort(error),
    renew: renewAll,
    worksOn: (executionId) => running.has(executionId),
    load: () => running.size,
    async drain(ms) {
      open = false;
      stopListening();
      clearInterval(poll);
      const allDone = () => Promise.all([...running.values()].map(({ done }) => done));
      const quiet = filling.then(allDone);
      if (!(await settlesWithin(quiet, ms))) for (const { detach } of running.values()) detach.abort(stopped());
      await allDone();
      clearInterval(renewal);
    },
  };
}

function canceled(): ExecError {
  return new ExecError('CANCELED', 'The execution was canceled on request. What it had written is returned.');
}

function takenOver(): ExecError {
  return new ExecError('AGENT_LOST', 'This agent lost its lease and another one has taken over.');
}

function stopped(): ExecError {
  return new ExecError('AGENT_LOST', 'This agent was stopped; the execution goes on for another to follow.');
}
