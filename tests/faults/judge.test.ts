import { expect, test } from 'vitest';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import { isUndoneByCluster } from './cluster/undone-by-cluster.ts';
import { judge } from './judge.ts';
import { clusterKinds, makeRequest, usualKinds } from './make-requests.ts';

const execution = 'e-1';
const mark = 'm-1';
const common = { correlation_id: null, execution_id: execution, timestamp: '2026-01-01T00:00:00Z', duration: '1s' };
const result: NonNullable<ExecutionResponse['result']> = {
  exit_code: 0,
  output: `mark ${mark}\nbegun\nended\n`,
  output_files: [{ name: 'r', path: 'r', content: 'r\n', encoding: 'utf8', size: 2, sha256: '' }],
  minio_objects: [],
  metadata: { agent: 'a', runtime: 'kubernetes', execution_time: '1s', phases: {}, attempt: 1 },
};
const good: ExecutionResponse = { ...common, success: true, result };

/** What the judge finds of one request, given its answers on the channel, the recorded one, and the marks of its runs. */
async function judgeOne(facts: {
  readonly answers?: readonly ExecutionResponse[];
  readonly recorded?: ExecutionResponse | undefined;
  readonly marks?: readonly string[];
  readonly others?: readonly string[];
  readonly ended?: readonly string[];
}) {
  const { answers = [good], marks = [mark], others = [], ended = [] } = facts;
  const answer = 'recorded' in facts ? facts.recorded : good;
  const request = makeRequest(0, usualKinds);
  const watch = {
    answersTo: () => answers,
    executions: async () => new Map([[request.id, [{ id: execution, answer }]]]),
  };
  const left = { marksOf: async () => marks, executions: async () => [execution, ...others] };
  const verdict = await judge([request], watch, { marks: left, isUndone: isUndoneByCluster(new Set(ended)) });
  const { results, lost, conflicting, doubleRuns, undone } = verdict;
  return {
    results,
    lost: lost.length,
    conflicting: conflicting.length,
    doubleRuns: doubleRuns.length,
    undone: undone.length,
  };
}

const nothing = { results: 1, lost: 0, conflicting: 0, doubleRuns: 0, undone: 0 };
const ended: ExecutionResponse = {
  ...common,
  success: false,
  error_code: 'RUNTIME_UNAVAILABLE',
  error: 'The pod was ended while the container ran: it was deleted.',
};

test('the judge of faults finds nothing where one answer has what one run wrote', async () => {
  expect(await judgeOne({})).toEqual(nothing);
});

test('the judge of faults counts what is lost, what differs and what ran twice', async () => {
  expect(await judgeOne({ answers: [], recorded: undefined })).toMatchObject({ results: 0, lost: 2 });
  expect(await judgeOne({ marks: [] })).toMatchObject({ lost: 1 });
  expect(await judgeOne({ recorded: ended })).toMatchObject({ conflicting: 1 });
  expect(await judgeOne({ marks: [mark, 'm-2'] })).toMatchObject({ doubleRuns: 1 });
  expect(await judgeOne({ others: ['e-2'] })).toMatchObject({ doubleRuns: 1 });
});

test('the judge of faults excuses only an execution whose pod a fault ended, and that ran once at most', async () => {
  const answers = { answers: [ended], recorded: ended };
  expect(await judgeOne({ ...answers, ended: [execution] })).toEqual({ ...nothing, undone: 1 });
  expect(await judgeOne(answers)).toMatchObject({ lost: 1, undone: 0 });
  expect(await judgeOne({ ...answers, ended: [execution], marks: [mark, 'm-2'] })).toMatchObject({
    doubleRuns: 1,
    lost: 1,
  });
});

test('the judge of faults excuses a warning about a pod that a fault ended before its files were collected', async () => {
  const warning = (text: string) => {
    const answer: ExecutionResponse = {
      ...good,
      result: { ...result, metadata: { ...result.metadata, warnings: [text] } },
    };
    return { answers: [answer], recorded: answer };
  };
  const lost = warning('The pod x-e-1-1 was lost: it is missing in the cluster.');
  expect(await judgeOne({ ...lost, ended: [execution] })).toEqual({ ...nothing, undone: 1 });
  expect(await judgeOne(lost)).toMatchObject({ lost: 1, undone: 0 });
  const other = warning('The connection failed.');
  expect(await judgeOne({ ...other, ended: [execution] })).toMatchObject({ lost: 1, undone: 0 });
});

test('the judge of faults takes a timeout without output only from a command that left no mark', () => {
  const { code, complaint } = makeRequest(4, clusterKinds);
  const withOutput = (output: string): ExecutionResponse => ({ ...good, result: { ...result, output } });
  expect(code).toBe('TIMEOUT');
  expect(complaint(ended, [])).toBeUndefined();
  expect(complaint(withOutput(''), [])).toBeUndefined();
  expect(complaint(withOutput(`mark ${mark}\nbegun\n`), [mark])).toBeUndefined();
  expect(complaint(ended, [mark])).toBe('its output is undefined');
  expect(complaint(withOutput(''), [mark])).toBe('its output is ""');
  expect(complaint(withOutput('begun\n'), [])).toBe('its output is "begun\\n"');
});
