import type { Assignment, ExecutionQueue } from '../queue/execution-queue.ts';
import { ExecError } from '../support/exec-error.ts';
import { settlesWithin } from '../support/time/deadline.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ContainerProgress } from '../wire/record/record.ts';
import { canceledOnRequest } from './report/cancel-outcome.ts';

/** Takes an execution from the queue whenever a slot is free, and runs it. */
export interface WorkPool {
  /** Starts to take work. */
  start(): void;
  /** Resumes an execution of another agent. It runs already, so it does not wait for a slot. */
  resume(assignment: Assignment, progress: ContainerProgress): void;
  /** Cancels the execution if this agent runs it. */
  cancel(executionId: string): boolean;
  /** Stops the execution with that error if this agent runs it. Its output so far is still returned. */
  fail(executionId: string, error: ExecError): void;
  /** Renews the leases of the running executions and cancels those that are marked. */
  renew(): Promise<void>;
  /** Whether this agent runs the execution or still removes its sandbox. */
  worksOn(executionId: string): boolean;
  /** The executions that this agent runs. */
  load(): number;
  /** Stops taking work and waits for the running executions. Detaches those that are not done in time. */
  drain(ms: number): Promise<void>;
}

/** One execution to run. */
export interface Work {
  readonly assignment: Assignment;
  /** Progress that a lost agent recorded; absent: start from the beginning. */
  readonly progress?: ContainerProgress;
  /** Aborted with an ExecError to cancel. */
  readonly signal: AbortSignal;
  /** Aborted to detach without a response. */
  readonly detach: AbortSignal;
}

export interface WorkPoolOptions {
  readonly queue: Pick<ExecutionQueue, 'askedToCancel' | 'onWork' | 'renew' | 'requeue' | 'take'>;
  readonly slots: number;
  /** How often the leases are renewed, in milliseconds. */
  readonly renewMs: number;
  /** How often to poll the queue without a notification, in milliseconds. */
  readonly pollMs: number;
  readonly run: (work: Work) => Promise<void>;
  /** Called before an execution is taken; false when the host is short of a resource. */
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
    if (assignment.canceled) cancel.abort(canceledOnRequest());
    const work = { assignment, ...(progress && { progress }), signal: cancel.signal, detach: detach.signal };
    // If another agent put the execution back meanwhile, it starts again only after its earlier run here has ended.
    const earlier = running.get(id);
    earlier?.detach.abort(takenOver());
    const done = (earlier?.done ?? Promise.resolve())
      .then(() => options.run(work))
      .catch((error: unknown) => {
        // What has another agent is not this one's any more, and that one reports how it ends.
        if (detach.signal.aborted && isAgentLost(error)) logger.info({ execution: id }, 'execution detached');
        else logger.error({ err: error, execution: id }, 'the execution ended badly');
      })
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
    // The cancel message may not have reached this agent; the mark in the record does.
    for (const { plan } of await queue.askedToCancel(held)) running.get(plan.id)?.cancel.abort(canceledOnRequest());
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
      found?.cancel.abort(canceledOnRequest());
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

function isAgentLost(error: unknown): boolean {
  return error instanceof ExecError && error.code === 'AGENT_LOST';
}

function takenOver(): ExecError {
  return new ExecError('AGENT_LOST', 'This agent lost its lease and another one has taken over.');
}

function stopped(): ExecError {
  return new ExecError('AGENT_LOST', 'This agent was stopped; the execution goes on for another to follow.');
}
