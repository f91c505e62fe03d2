import { ExecError } from '../support/exec-error.ts';
import { encodeInTurns, smallText } from '../support/text/convert-in-turns.ts';
import { nextTurn } from '../support/time/next-turn.ts';
import { sendUncopied } from '../support/uncopied-command.ts';
import type { Outcome } from '../wire/record/record.ts';
import type { Answer, ExecutionQueue } from './execution-queue.ts';
import type { QueueKeys } from './keys.ts';
import type { QueueOptions } from './queue-options.ts';
import { reasonOf } from './records/failure-reason.ts';
import { finishScript } from './scripts/finish.ts';
import { runScript } from './scripts/parts/script.ts';

type Results = Pick<ExecutionQueue, 'finish' | 'finishWaiting' | 'announce'>;

interface ResultParts extends Pick<QueueOptions, 'redis' | 'events' | 'limits'> {
  readonly keys: QueueKeys;
}

/** Records how executions ended and sends their responses, both in one step. */
export function openResults({ redis, keys, events, limits }: ResultParts): Results {
  const finish = async (id: string, fence: string, outcome: Outcome, answer: Answer | undefined) => {
    const { channel = '', text = '', expires = false } = answer ?? {};
    const ofRecord = [keys.execution(id), keys.leases, keys.finished, keys.waiting, keys.delayed, keys.liveLog(id)];
    const touched = channel === '' ? ofRecord : [...ofRecord, channel];
    const streamMs = expires ? limits.retentionMs : 0;
    const sent = await encodeInTurns(text);
    // The response was made of it in this turn.
    if (text.length > smallText) await nextTurn();
    const recorded = await encodeInTurns(JSON.stringify(outcome));
    // What is sent is written to the connection in a turn of its own.
    if (recorded.length > smallText) await nextTurn();
    const result = [recorded, outcome.failure?.code ?? 'OK', sent];
    const args = [
      keys.base,
      events,
      id,
      fence,
      ...result,
      limits.answersKept,
      streamMs,
      limits.liveLogMs,
      reasonOf(outcome),
    ];
    const finished = await runScript(redis, finishScript, touched, args);
    if (finished === 2)
      throw new ExecError('CANCELED', 'The execution was asked to cancel before its end was recorded.');
    return finished === 1;
  };

  return {
    finish: ({ plan, attempt }, outcome, answer) => finish(plan.id, String(attempt.fence), outcome, answer),
    finishWaiting: (id, outcome, answer) => finish(id, '', outcome, answer),

    async announce({ channel, text, expires }) {
      const sent = await encodeInTurns(text);
      await Promise.all([
        sendUncopied(redis, 'publish', [channel, sent]),
        sendUncopied(redis, 'xadd', [channel, 'MAXLEN', '~', limits.answersKept, '*', 'response', sent]),
        ...(expires ? [redis.pexpire(channel, limits.retentionMs)] : []),
      ]);
    },
  };
}
