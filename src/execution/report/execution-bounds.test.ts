import { expect, test } from 'vitest';
import { answerExecution } from '../../../tests/executions/play-execution.ts';
import { exitOf } from '../../wire/record/outcome-facts.ts';

test.each([
  ['bytes', 'more than 1000 B', 'EXEC_OUTPUT_MAX'],
  ['files', 'more than 10 files', 'EXEC_OUTPUT_FILES_MAX'],
  ['depth', 'more than 10 deep', 'Nest them less'],
])('too many %s in the output stop the container while it runs, and what it wrote is collected', async (what, ...parts) => {
  let looks = 0;
  const usage = () => {
    looks += 1;
    return { bytes: 0, files: 0, depth: 0, [what]: looks < 3 ? 1 : 2000 };
  };
  const { outcome, calls } = await answerExecution({ script: { runsUntilStopped: true, usage } });
  expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
  for (const part of parts) expect(outcome.failure?.message).toContain(part);
  expect(exitOf(outcome)?.code).toBe(143);
  expect(calls).toEqual(['ensure', 'open', 'stage', 'create', 'start', 'stop', 'collect', 'remove']);
  expect(looks).toBe(3);
});

test('an output that cannot be looked at is a warning, and the container goes on', async () => {
  const usage = () => {
    throw new Error('EIO');
  };
  const { outcome } = await answerExecution({
    script: { runsUntilStopped: true, usage },
    plan: { timeoutSeconds: 0.1 },
  });
  expect(outcome.failure?.code).toBe('TIMEOUT');
  expect(outcome.warnings.join()).toContain('could not be watched: EIO');
});

test('more log than allowed stops the container, or is cut with a mark and the container goes on', async () => {
  const output = Array.from({ length: 30 }, () => ({ stream: 'stdout' as const, text: `${'x'.repeat(49)}\n` }));
  const stopped = await answerExecution({ script: { output, runsUntilStopped: true } });
  expect(stopped.outcome.failure?.message).toContain('1000 B');
  expect(stopped.calls).toContain('stop');
  const cut = await answerExecution({
    script: { output },
    limits: { logOverflow: 'cut', logKeepBytes: 10_000 },
    plan: { returnLogs: true },
  });
  expect(cut.outcome.failure).toBeUndefined();
  expect(cut.calls).not.toContain('stop');
  const mark = 'the last 500 bytes are left out: the container wrote more than 1000 B (EXEC_LOG_MAX)';
  expect(cut.outcome.output).toBe(`${`${'x'.repeat(49)}\n`.repeat(20)}\n[… ${mark} …]\n`);
  expect(cut.outcome.logs).toContain(`agent ${mark}\n`);
  expect(cut.outcome.warnings.join()).toContain('The last 500 bytes of the output are left out');
});

test.each([
  [0, /^The last 501 bytes of the output/],
  [7, /^The last 508 bytes of the output/],
  ['unknown', /^An unknown number of bytes at the end of the output/],
] as const)('log limit: bytes that the driver dropped (%s) are among the missing ones', async (droppedBytes, warning) => {
  const output = [{ stream: 'stdout' as const, text: 'x'.repeat(1501) }];
  const script = { output, droppedBytes };
  const { outcome } = await answerExecution({ script, limits: { logOverflow: 'cut', logKeepBytes: 10_000 } });
  expect(outcome.warnings).toEqual([expect.stringMatching(warning)]);
});

test.each([
  'bytes',
  'lines',
])('log limit: too many %s are OUTPUT_TOO_LARGE also when the container ends first', async (what) => {
  const text = what === 'bytes' ? 'x'.repeat(60) : '\n'.repeat(6);
  const output = Array.from({ length: 20 }, () => ({ stream: 'stdout' as const, text }));
  for (const code of [0, 3]) {
    const script = { output, outputPauseMs: 2, exit: { code, reason: 'exited' } as const };
    const { outcome } = await answerExecution({ script, limits: { logDrainMs: 5000 } });
    expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
    expect(outcome.output).toContain('the output ends here');
  }
});

test('log limit: exactly as much as is allowed is whole', async () => {
  const output = [{ stream: 'stdout' as const, text: `${'x'.repeat(899)}\n${'\n'.repeat(99)}y` }];
  const { outcome } = await answerExecution({ script: { output }, limits: { logKeepBytes: 10_000 } });
  expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
  const fits = [{ stream: 'stdout' as const, text: `${'x'.repeat(899)}\n${'\n'.repeat(99)}` }];
  const whole = await answerExecution({ script: { output: fits }, limits: { logKeepBytes: 10_000 } });
  expect(whole.outcome).toMatchObject({ output: fits[0]?.text, warnings: [] });
  expect(whole.outcome.failure).toBeUndefined();
});

test('lines are bounded too, however short they are', async () => {
  const output = Array.from({ length: 30 }, () => ({ stream: 'stdout' as const, text: '\n'.repeat(10) }));
  const { outcome } = await answerExecution({ script: { output, runsUntilStopped: true } });
  expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
  expect(outcome.failure?.message).toContain('more than 100 lines (EXEC_LOG_LINES_MAX)');
});

test('a container that writes more than allowed is stopped with OUTPUT_TOO_LARGE', async () => {
  const flood = { stream: 'stdout', text: 'x'.repeat(600) } as const;
  const { outcome } = await answerExecution({ script: { runsUntilStopped: true, output: [flood, flood] } });
  expect(outcome.failure?.code).toBe('OUTPUT_TOO_LARGE');
  expect(outcome.output).toContain('left out');
  const [kept = '', mark = ''] = outcome.output.split(/(?=\n\[… the output ends here)/);
  expect(mark).toContain('more than 1000 B (EXEC_LOG_MAX)');
  expect(kept.length).toBeLessThan(200);
});

test('a log that is to be cut does not end the container', async () => {
  const flood = { stream: 'stdout', text: 'x'.repeat(2000) } as const;
  const { outcome } = await answerExecution({ script: { output: [flood] }, limits: { logOverflow: 'cut' } });
  expect(outcome.failure).toBeUndefined();
  expect(outcome.warnings.join()).toContain('left out');
});

test('output that still comes after the exit is waited for as long as it comes', async () => {
  const output = ['a', 'b', 'c', 'd', 'e'].map((text) => ({ stream: 'stdout', text }) as const);
  const script = { output, outputPauseMs: 150 };
  expect((await answerExecution({ script, limits: { logDrainMs: 500 } })).outcome).toMatchObject({
    output: 'abcde',
    warnings: [],
  });
  const { outcome } = await answerExecution({ script, limits: { logDrainMs: 10 } });
  expect(outcome.warnings.join()).toContain('still arriving');
});
