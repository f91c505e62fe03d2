import { AsyncLocalStorage } from 'node:async_hooks';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';

export interface FaultOptions {
  readonly logger: Logger;
  /** Counts it. */
  readonly count: () => void;
  /** Ends an execution that is worked on here with the error as its result. */
  readonly fail: (executionId: string, error: ExecError) => void;
}

/** What is left when an error reaches no handler: the agent continues to serve. */
export interface FaultGuard {
  /** Errors of what the work starts, also of its timers and promises, count as those of the execution. */
  run<T>(executionId: string, work: () => T): T;
  /** From then on such an error ends the process again. */
  close(): void;
}

type Kind = 'uncaughtException' | 'unhandledRejection';

/** The last handler of the process: it records the error, fails the execution that it belongs to, and ends nothing else. */
export function surviveFaults({ logger, count, fail }: FaultOptions): FaultGuard {
  const executions = new AsyncLocalStorage<string>();

  const onFault = (error: unknown, kind: Kind) => {
    const execution = executions.getStore();
    // What fails in here would come back here.
    try {
      count();
      logger.error({ err: error, kind, ...(execution === undefined ? {} : { execution }) }, 'an error was not handled');
      if (execution !== undefined) fail(execution, internal(error));
    } catch {
      // There is nowhere left to report it.
    }
  };
  const onException = (error: unknown) => onFault(error, 'uncaughtException');
  const onRejection = (error: unknown) => onFault(error, 'unhandledRejection');
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  return {
    run: (executionId, work) => executions.run(executionId, work),
    close() {
      process.off('uncaughtException', onException);
      process.off('unhandledRejection', onRejection);
    },
  };
}

function internal(error: unknown): ExecError {
  return new ExecError('INTERNAL', `The agent made a mistake: ${messageOf(error)}. Its log holds the details.`, {
    cause: error,
  });
}
