import { expect, test } from 'vitest';
import { createTestTerminal } from '../../../tests/cli/helpers/test-terminal.ts';
import { watchRun } from './watch-run.ts';

function logEvent(text: string, stream: 'stdout' | 'stderr' = 'stdout') {
  return { kind: 'log' as const, chunk: { stream, time: 0, data: Buffer.from(text), position: '' } };
}

function pullEvent(receivedBytes: number) {
  const progress = { reference: 'alpine', receivedBytes, totalBytes: 4096, status: 'downloading' };
  return { kind: 'pull' as const, progress };
}

test('elsewhere than on a terminal a pull is two lines, then comes what the container prints, as it is', () => {
  const terminal = createTestTerminal();
  const { observe, end } = watchRun({ ...terminal, progress: terminal.stderr });
  observe({ kind: 'state', state: 'staging' });
  observe(pullEvent(1024));
  observe(pullEvent(2048));
  observe({ kind: 'state', state: 'running' });
  observe(logEvent('one\ntw'));
  observe(logEvent('o\n'));
  end();
  expect(terminal.printed()).toEqual({
    stdout: 'one\ntwo\n',
    stderr: 'Pulling alpine …\nPulled alpine (2 KiB)\n',
  });
});

test('run output: each stream goes to its own, byte for byte where there is no terminal', () => {
  const terminal = createTestTerminal();
  const { observe, end } = watchRun({ ...terminal, progress: terminal.stderr });
  observe(logEvent('no newline'));
  observe(logEvent('\u001b[2Jcareful', 'stderr'));
  end();
  end();
  expect(terminal.printed()).toEqual({ stdout: 'no newline', stderr: '\u001b[2Jcareful' });
});

test('run output: on a terminal, what is printed after an unfinished line begins on a line of its own', () => {
  const terminal = createTestTerminal({ isTTY: true });
  const { observe, end } = watchRun({ ...terminal, progress: terminal.stderr });
  observe(logEvent('no newline'));
  end();
  end();
  expect(terminal.printed()).toEqual({ stdout: 'no newline', stderr: '\n' });
});

test('a pull that fails is not said to have ended well', () => {
  const terminal = createTestTerminal();
  const { observe, end } = watchRun({ ...terminal, progress: terminal.stderr });
  observe(pullEvent(1024));
  end();
  expect(terminal.printed().stderr).toBe('Pulling alpine …\n');
});

test('on a terminal the progress is one line that changes', () => {
  const terminal = createTestTerminal({ isTTY: true });
  const { observe } = watchRun({ ...terminal, progress: terminal.stderr });
  observe(pullEvent(1024));
  observe(pullEvent(2048));
  expect(terminal.printed().stderr.split('\r\u001b[2K').slice(1)).toEqual([
    'Pulling alpine …',
    'Pulling alpine 1 KiB of 4 KiB  downloading',
    'Pulling alpine 2 KiB of 4 KiB  downloading',
  ]);
});
