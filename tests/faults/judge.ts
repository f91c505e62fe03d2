import { isDeepStrictEqual } from 'node:util';
import type { RunMarks } from '../parts/mark-runs.ts';
import type { FaultRequest } from './make-requests.ts';
import type { AnswerWatch } from './watch-answers.ts';

/** What became of the requests; each list names them with what went wrong. */
export interface Verdict {
  /** Requests with an answer. */
  readonly results: number;
  /** No answer, or not the one that the request should have had. */
  readonly lost: readonly string[];
  /** Answers to one request that differ, wherever they stood. */
  readonly conflicting: readonly string[];
  /** Containers that ran more than once, by the marks they left, and marks that no request accounts for. */
  readonly doubleRuns: readonly string[];
  /** Answered that the engine was away, which nobody but the engine could have prevented. */
  readonly refused: readonly string[];
}

export async function judge(requests: readonly FaultRequest[], watch: AnswerWatch, marks: RunMarks): Promise<Verdict> {
  const executions = await watch.executions();
  const [lost, conflicting, doubleRuns, refused]: [string[], string[], string[], string[]] = [[], [], [], []];
  const unaccounted = new Set(await marks.executions());
  let results = 0;
  for (const { id, complaint } of requests) {
    const own = executions.get(id) ?? [];
    for (const each of own) unaccounted.delete(each.id);
    const left = (await Promise.all(own.map((each) => marks.marksOf(each.id)))).flat();
    if (left.length > 1) doubleRuns.push(`${id} left ${left.length} marks`);
    const recorded = own.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
    const [answer, ...others] = [...watch.answersTo(id), ...recorded];
    if (recorded.length !== own.length) lost.push(`${id} has an execution that did not finish`);
    if (answer === undefined) {
      lost.push(`${id} has no answer`);
      continue;
    }
    results += 1;
    if (!others.every((other) => isDeepStrictEqual(other, answer)))
      conflicting.push(`${id}: ${JSON.stringify([answer, ...others])}`);
    const problem = complaint(answer, left);
    if (answer.error_code === 'RUNTIME_UNAVAILABLE') refused.push(`${id}: ${answer.error}`);
    else if (problem !== undefined) lost.push(`${id} (execution ${answer.execution_id}): ${problem}`);
  }
  for (const execution of unaccounted) doubleRuns.push(`${execution} ran, and no request asked for it`);
  return { results, lost, conflicting, doubleRuns, refused };
}
