import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { ExecError } from '../../support/exec-error.ts';
import { readText } from './read-text.ts';
import type { Terminal } from './terminal.ts';

const longestBytes = 64 * 1024;

/** A secret: one line from standard input; on a terminal it is asked for and not shown. */
export async function readSecret(question: string, terminal: Terminal): Promise<string> {
  const { stdin, stderr } = terminal;
  if (stdin.isTTY !== true) return (await readText('-', terminal, { maxBytes: longestBytes })).trim();
  stderr.write(question);
  // Readline echoes what is typed to its output.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', (line) => resolve(line.trim()));
      lines.once('close', () => reject(new ExecError('CANCELED', 'Canceled: nothing was kept.')));
    });
  } finally {
    stderr.line();
    lines.close();
  }
}
