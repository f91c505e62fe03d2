import { PassThrough, Readable } from 'node:stream';
import { createSink, type Terminal } from '../../../src/cli/terminal/terminal.ts';

export interface TestTerminal extends Terminal {
  /** What was printed so far. */
  printed(): { readonly stdout: string; readonly stderr: string };
}

/** A terminal for tests: no colours, and what is printed can be read. */
export function createTestTerminal(
  options: {
    readonly cwd?: string;
    readonly stdin?: string;
    readonly env?: Terminal['env'];
    readonly isTTY?: boolean;
  } = {},
): TestTerminal {
  const { cwd = '/', stdin = '', env = {}, isTTY = false } = options;
  const stdout = createMemory(isTTY);
  const stderr = createMemory(isTTY);
  const plain = { ...env, NO_COLOR: '1' };
  return {
    stdin: Readable.from([Buffer.from(stdin)]),
    hasInput: options.stdin !== undefined,
    output: new PassThrough(),
    stdout: createSink(stdout, plain),
    stderr: createSink(stderr, plain),
    env,
    cwd,
    printed: () => ({ stdout: stdout.text(), stderr: stderr.text() }),
  };
}

function createMemory(isTTY: boolean) {
  let text = '';
  return {
    isTTY,
    columns: 80,
    write: (data: string | Uint8Array) => {
      text += typeof data === 'string' ? data : Buffer.from(data).toString();
    },
    text: () => text,
  };
}
