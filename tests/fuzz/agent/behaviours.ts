import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError } from '../../../src/support/exec-error.ts';
import type { Script } from '../../agent/scripted-runtime.ts';

export interface Behaviour {
  readonly script: Script;
  /** What it leaves in its output directory. */
  readonly write?: (directory: string) => Promise<void>;
}

const says = (text: string, stream: 'stdout' | 'stderr' = 'stdout') => ({ output: [{ stream, text }] });
const plain: Behaviour = { script: says('done\n') };
const manyNames = Array.from({ length: 150 }, (_, n) => `${'a'.repeat(120)}${n}`);

/** Most do nothing special: what requests say is the subject. */
export const behaviours: readonly Behaviour[] = [
  ...Array.from({ length: 12 }, () => plain),
  { script: { ...says('failed\n', 'stderr'), exit: { code: 1, reason: 'exited' } } },
  { script: { exit: { code: 137, reason: 'out-of-memory' } } },
  { script: { startError: new ExecError('START_FAILED', 'there is no such command') } },
  { script: { ...says('slow\n'), outputPauseMs: 200 } },
  { script: says('\u0000\u001b[2J\u202e\ufffd\r\r\n'.repeat(100)) },
  { script: says('x'.repeat(300_000)) },
  { script: says('line\n'.repeat(20_000)) },
  { script: { output: Array.from({ length: 300 }, (_, n) => ({ stream: 'stdout', text: `${n}` }) as const) } },
  { script: says(''), write: writeOddNames },
  { script: says(''), write: (directory) => writeAll(directory, manyNames) },
  { script: says(''), write: writeDeep },
  { script: says(''), write: writeLinks },
  { script: says(''), write: (directory) => writeHoles(directory) },
  {
    script: says(''),
    write: (directory) =>
      writeFile(join(directory, 'graph_update.json'), `{"nodes":[${'['.repeat(600)}${']'.repeat(600)}]}`),
  },
  {
    script: says(''),
    write: (directory) =>
      writeFile(
        join(directory, 'graph_update.json'),
        '{"nodes":[{"id":12345678901234567890123456789,"x":1.0,"__proto__":-0.0}],"relationships":[]}',
      ),
  },
];

async function writeAll(directory: string, names: readonly (string | Buffer)[]): Promise<void> {
  const place = Buffer.from(`${directory}/`);
  for (const name of names) await writeFile(Buffer.concat([place, Buffer.from(name)]), 'x');
}

async function writeOddNames(directory: string): Promise<void> {
  const invalid = Buffer.from([0x61, 0xff, 0xfe, 0xed, 0xa0, 0x80]);
  const names = ['a', 'b.txt', ' ', '-rf', 'line\nfeed', '\u001b[31m', '*', '[a]', '{a,b}', '__proto__', '\u{1f4a5}'];
  await writeAll(directory, [...names, 'x'.repeat(255), invalid]);
}

async function writeDeep(directory: string): Promise<void> {
  const path = join(directory, ...Array.from({ length: 150 }, () => 'a'));
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'b'), 'x');
}

async function writeLinks(directory: string): Promise<void> {
  await symlink('/etc/passwd', join(directory, 'a'));
  await symlink('.', join(directory, 'data'));
  await symlink('loop', join(directory, 'loop'));
}

/** Much that is a hole, and text that is not well-formed. */
async function writeHoles(directory: string): Promise<void> {
  await writeFile(join(directory, 'a'), Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf0, 0x9f]));
  await writeFile(join(directory, 'b.txt'), '');
  await truncate(join(directory, 'b.txt'), 3_000_000);
}
