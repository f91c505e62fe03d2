import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { planOf } from '../../tests/executions/example-plan.ts';
import type { Assignment } from '../queue/execution-queue.ts';
import { ExecError } from '../support/exec-error.ts';
import { deferred } from '../support/time/deferred.ts';
import { createWorkPool } from './work-pool.ts';

const assignment: Assignment = {
  plan: planOf(),
  attempt: { number: 1, agent: 'a', home: 'h', fence: 1 },
  submittedAt: 0,
  queuedMs: 0,
  canceled: false,
  putBacks: 0,
  othersWait: false,
};

/** Lets an execution run until another agent has it; returns what was logged when it ended with that error. */
async function logOf(error: Error): Promise<string> {
  const log = new PassThrough();
  const waiting = [assignment];
  const isRunning = deferred<void>();
  const pool = createWorkPool({
    queue: {
      take: async () => waiting.shift(),
      renew: async (held) => held,
      askedToCancel: async () => [],
      requeue: () => Promise.reject(new Error('it is not put back')),
      onWork: () => () => undefined,
    },
    slots: 1,
    renewMs: 3_600_000,
    pollMs: 3_600_000,
    mayTake: async () => true,
    logger: pino(log),
    async run({ detach }) {
      isRunning.resolve();
      await new Promise((resolve) => detach.addEventListener('abort', resolve, { once: true }));
      throw error;
    },
  });
  pool.start();
  await isRunning.promise;
  await pool.renew();
  await pool.drain(0);
  return String(log.read());
}

test('work pool: an execution that another agent has taken over is no error of this one', async () => {
  expect(await logOf(new ExecError('AGENT_LOST', 'taken over'))).toContain('"msg":"execution detached"');
});

test('work pool: another error of an execution that was taken over is logged as one', async () => {
  expect(await logOf(new Error('no'))).toContain('"level":50');
});
