import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { answerExecution, playExecution, runtimeAway } from '../../tests/executions/play-execution.ts';
import { ExecError } from '../support/exec-error.ts';
import { phasesOf } from '../wire/record/outcome-facts.ts';
import type { ContainerProgress, Progress } from '../wire/record/record.ts';

const progress: ContainerProgress = {
  sandbox: { sandbox: 'scripted' },
  container: { container: 'scripted' },
  step: 0,
  steps: [],
  startedAt: Date.now() - 2000,
  deadline: Date.now() + 60_000,
};

test('detach: a running container continues, with no response, and nothing is stopped or removed', async () => {
  const leaving = new AbortController();
  const { ended, outcomes, calls } = await playExecution({
    script: { runsUntilStopped: true },
    detach: leaving.signal,
    onKeep: ({ state }) => {
      if (state === 'running') setImmediate(() => leaving.abort());
    },
  });
  expect(ended).toBe('detached');
  expect(outcomes).toEqual([]);
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start']);
});

test('an agent that leaves before the start takes its sandbox with it and gives the execution back', async () => {
  const leaving = new AbortController();
  const { ended, outcomes, calls } = await playExecution({
    detach: leaving.signal,
    onKeep: ({ state }) => {
      if (state === 'staging') leaving.abort();
    },
  });
  expect(ended).toBe('released');
  expect(outcomes).toEqual([]);
  expect(calls).not.toContain('start');
  expect(calls.at(-1)).toBe('remove');
});

test('a container that a vanished agent had started is followed to its end, with its whole run time', async () => {
  const { outcome, calls } = await answerExecution({
    resume: progress,
    script: { output: [{ stream: 'stdout', text: 'all' }] },
  });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.output).toBe('all');
  expect(phasesOf(outcome).ran).toBeGreaterThanOrEqual(2000);
  expect(calls).toEqual(['start', 'collect', 'remove']);
});

test('a container that ended in time while nobody looked did not time out', async () => {
  const { outcome } = await answerExecution({ resume: { ...progress, deadline: Date.now() - 5000 } });
  expect(outcome.failure).toBeUndefined();
});

test('the deadline that was first set still holds after a re-attach', async () => {
  const { outcome, calls } = await answerExecution({
    resume: { ...progress, deadline: Date.now() - 5000 },
    script: { runsUntilStopped: true },
  });
  expect(outcome.failure?.code).toBe('TIMEOUT');
  expect(calls).toContain('stop');
});

test('an agent that leaves while a container is being started leaves it to the next one', async () => {
  const leaving = new AbortController();
  const script = { startError: runtimeAway, onStart: () => leaving.abort() };
  const { ended, calls } = await playExecution({ script, detach: leaving.signal });
  expect(ended).toBe('detached');
  expect(calls).not.toContain('remove');
});

test('a container whose engine stays away is answered in the end', async () => {
  const { outcome } = await answerExecution({ resume: progress, script: { recoverError: runtimeAway } });
  expect(outcome.failure?.code).toBe('RUNTIME_UNAVAILABLE');
});

test('a handle that this runtime cannot read is answered', async () => {
  const recoverError = new ExecError('INTERNAL', 'made by another driver');
  expect((await answerExecution({ resume: progress, script: { recoverError } })).outcome.failure?.code).toBe(
    'INTERNAL',
  );
});

test('an attempt that finishes too late leaves the sandbox to the one that counts', async () => {
  const { ended, calls } = await playExecution({ tooLate: true });
  expect(ended).toBe('detached');
  expect(calls).not.toContain('remove');
});

test('an attempt that lets go after another one has taken over leaves the sandbox to that one', async () => {
  const leaving = new AbortController();
  const states: string[] = [];
  const onKeep = ({ state }: Progress) => {
    states.push(state);
    if (states.length > 1) throw new ExecError('AGENT_LOST', 'taken over');
    leaving.abort();
  };
  await expect(playExecution({ detach: leaving.signal, onKeep })).rejects.toMatchObject({ code: 'AGENT_LOST' });
});

test('a container that was being ended when its agent vanished is ended for the same reason', async () => {
  const failure = { code: 'CANCELED', message: 'by the user' } as const;
  const { outcome, calls } = await answerExecution({
    resume: { ...progress, failure },
    script: { runsUntilStopped: true },
  });
  expect(outcome.failure).toEqual(failure);
  expect(calls).toEqual(['stop', 'start', 'collect', 'remove']);
});

test('a cancellation that comes again after a re-attach is said once', async () => {
  const failure = { code: 'CANCELED', message: 'by the user' } as const;
  const canceled = AbortSignal.abort(new ExecError(failure.code, failure.message));
  const { outcome } = await answerExecution({
    resume: { ...progress, failure },
    signal: canceled,
    script: { runsUntilStopped: true },
  });
  expect(outcome.failure).toEqual(failure);
  expect(outcome.warnings).toEqual([]);
});

test('a container that is gone is said to be lost', async () => {
  const { outcome } = await answerExecution({ resume: progress, script: { gone: true } });
  expect(outcome.failure?.code).toBe('AGENT_LOST');
});

test('sandbox: a resumed execution recovers it with its own fence and starts with the deadline as first set', async () => {
  const { recoveries, bounds } = await answerExecution({ resume: progress });
  expect(recoveries).toMatchObject([{ fence: 7 }]);
  expect(bounds).toMatchObject([{ deadline: progress.deadline }]);
});

test('whole output: an agent that leaves while it is stored leaves the execution to the next one', async () => {
  const leaving = new AbortController();
  const { ended, outcomes, calls } = await playExecution({
    script: { output: [{ stream: 'stdout', text: 'x'.repeat(500) }] },
    detach: leaving.signal,
    keepLog: {
      directory: tmpdir(),
      limitBytes: 1000,
      async store(_attempt, _body, signal) {
        leaving.abort();
        signal.throwIfAborted();
        return 'stored';
      },
    },
  });
  expect(ended).toBe('detached');
  expect(outcomes).toEqual([]);
  expect(calls).not.toContain('remove');
});

test('whole output: gets the fence of the attempt, and an attempt that no longer counts answers nothing', async () => {
  const fences: number[] = [];
  const { ended, outcomes, calls } = await playExecution({
    script: { output: [{ stream: 'stdout', text: 'x'.repeat(500) }] },
    tooLate: true,
    keepLog: {
      directory: tmpdir(),
      limitBytes: 1000,
      async store({ fence }) {
        fences.push(fence);
        return undefined;
      },
    },
  });
  expect(fences).toEqual([7]);
  expect(ended).toBe('detached');
  expect(outcomes[0]?.log).toBeUndefined();
  expect(calls).not.toContain('remove');
});
