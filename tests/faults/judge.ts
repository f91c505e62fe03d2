import { isDeepStrictEqual } from 'node:util';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import type { RunMarks } from '../parts/run/mark-runs.ts';
import type { FaultWorld } from './fault-world.ts';
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
  /** Ran once, and a fault ended them or what is known of them. */
  readonly undone: readonly string[];
}

/** Begins what is wrong with a response that only warns of something. */
export const warns = 'it warns: ';

export async function judge(
  requests: readonly FaultRequest[],
  watch: Pick<AnswerWatch, 'answersTo' | 'executions'>,
  { marks, isUndone }: { readonly marks: Pick<RunMarks, 'marksOf' | 'executions'> } & Pick<FaultWorld, 'isUndone'>,
): Promise<Verdict> {
  const executions = await watch.executions();
  const [lost, conflicting, doubleRuns, undone]: [string[], string[], string[], string[]] = [[], [], [], []];
  const unaccounted = new Set(await marks.executions());
  let results = 0;
  for (const { id, code, complaint } of requests) {
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
    const rest = complaint(answer, left) ?? warned(answer);
    const wrong = wrongCode(answer, code);
    const problem = wrong ?? rest;
    if (isUndone(answer, rest, left, wrong === undefined)) undone.push(`${id}: ${answer.error ?? rest}`);
    else if (problem !== undefined)
      lost.push(`${id} (execution ${answer.execution_id}, ${placeOf(answer)}): ${problem}`);
  }
  for (const execution of unaccounted) doubleRuns.push(`${execution} ran, and no request asked for it`);
  return { results, lost, conflicting, doubleRuns, undone };
}

/** What an execution met that it should not have; that a long output is cut was asked for. */
function warned({ result }: ExecutionResponse): string | undefined {
  const strange = (result?.metadata.warnings ?? []).filter((warning) => !/middle of the output/.test(warning));
  return strange.length === 0 ? undefined : `${warns}${strange.join(' | ')}`;
}

function placeOf({ result, error }: ExecutionResponse): string {
  return result === undefined ? `no result: ${error}` : `${result.metadata.runtime} by ${result.metadata.agent}`;
}

function wrongCode({ error_code, error }: ExecutionResponse, expected: string): string | undefined {
  const code = error_code ?? 'OK';
  return code === expected ? undefined : `${code} instead of ${expected}: ${error}`;
}
