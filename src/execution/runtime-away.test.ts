import { expect, test } from 'vitest';
import type { Script } from '../../tests/agent/scripted-runtime.ts';
import { answerExecution, playExecution, runtimeAway } from '../../tests/executions/play-execution.ts';
import { ExecError } from '../support/exec-error.ts';

test.each<Script>([
  { pullError: runtimeAway },
  { stageError: runtimeAway },
  { startError: runtimeAway },
])('a runtime that is away before anything was started is waited for in the queue: %o', async (script) => {
  const { ended, outcomes, calls } = await playExecution({ script });
  expect(ended).toBe('released');
  expect(outcomes).toEqual([]);
  expect(calls.filter((call) => call === 'remove')).toHaveLength(calls.includes('open') ? 1 : 0);
});

test('a runtime that is away while an earlier attempt is removed is waited for in the queue', async () => {
  const played = await playExecution({ removeEarlier: () => Promise.reject(runtimeAway) });
  expect([played.ended, played.outcomes, played.putBacks]).toEqual(['released', [], ['runtime away']]);
  expect(played.calls).not.toContain('open');
});

test('a runtime that is full before anything was started is waited for in the queue, and no container that ran runs again', async () => {
  const full = (context: object) =>
    new ExecError('RUNTIME_UNAVAILABLE', 'no room', { context: { runtimeFull: true, ...context } });
  for (const script of [{ pullError: full({}) }, { stageError: full({}) }, { startError: full({}) }]) {
    const { ended, outcomes, putBacks } = await playExecution({ script });
    expect([ended, outcomes, putBacks]).toEqual(['released', [], ['runtime full']]);
  }
  const ran = await answerExecution({ script: { startError: full({ mayHaveRun: true }) } });
  expect(ran.outcome.failure?.message).toBe('no room');
});

test('a runtime that is away too often, or for good, is answered', async () => {
  const often = await answerExecution({ putBackOften: true, script: { startError: runtimeAway } });
  expect(often.outcome.failure).toEqual({ code: 'RUNTIME_UNAVAILABLE', message: runtimeAway.message });
  const forGood = new ExecError('RUNTIME_UNAVAILABLE', 'a program is missing');
  expect((await answerExecution({ script: { pullError: forGood } })).outcome.failure?.message).toBe(forGood.message);
});

test('a container that may have run does not run again because its engine was lost', async () => {
  const context = { runtimeAway: true, mayHaveRun: true };
  const startError = new ExecError('RUNTIME_UNAVAILABLE', 'nobody knows', { context });
  expect((await answerExecution({ script: { startError } })).outcome.failure?.message).toBe('nobody knows');
});

test('what was canceled while its runtime was away is answered, not put back', async () => {
  const canceled = new AbortController();
  const script = { startError: runtimeAway, onStart: () => canceled.abort(new ExecError('CANCELED', 'by the user')) };
  expect((await answerExecution({ script, signal: canceled.signal })).outcome.failure?.code).toBe('CANCELED');
});

test('a container that its engine ended when it was stopped is no failing command', async () => {
  const { outcome, calls } = await answerExecution({ script: { exit: { code: 143, reason: 'runtime-stopped' } } });
  expect(outcome.failure?.code).toBe('RUNTIME_UNAVAILABLE');
  expect(calls).toContain('collect');
});
