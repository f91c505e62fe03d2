import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../src/support/processes/find-program.ts';
import { linesAboutUnit } from '../parts/processes/lines-about-unit.ts';
import { missingPrograms } from '../parts/processes/missing-programs.ts';

const unit = new URL('../../deploy/exec-agent.service', import.meta.url);
const analyze = await findProgram('systemd-analyze', process.env.PATH ?? '');

const noAnalyze = await missingPrograms('systemd-analyze');

describe.skipIf(analyze === undefined)(`the systemd unit${noAnalyze}`, () => {
  test('is one that systemd understands in every line', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'unit-'));
    try {
      const path = join(directory, 'exec-agent.service');
      // Where it is not installed, another program replaces it: only its existence is checked.
      const text = (await readFile(unit, 'utf8')).replace('/usr/local/bin/exec-agent', process.execPath);
      await writeFile(path, text);
      // What it does not understand it says on stderr, and goes on to succeed.
      const { stdout, stderr } = await promisify(execFile)(analyze ?? '', ['verify', path]);
      expect(linesAboutUnit(stdout + stderr)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

test('systemd-analyze verify: only lines about the unit of the agent count', () => {
  const wrong = "/tmp/unit/exec-agent.service:9: Unknown key 'Foo' in section [Unit], ignoring.";
  const missing = 'exec-agent.service: Command /none is not executable: No such file or directory';
  const other = '/lib/systemd/system/plymouth-start.service:17: Unit uses KillMode=none.';
  expect(linesAboutUnit(`${other}\n${wrong}\n${missing}\n`)).toEqual([wrong, missing]);
});

test('Dockerfile: what it copies from the project is sent to the builder', async () => {
  const root = new URL('../../', import.meta.url);
  const [dockerfile, ignored] = await Promise.all(
    ['Dockerfile', '.dockerignore'].map((name) => readFile(new URL(name, root), 'utf8')),
  );
  const copies = [...(dockerfile ?? '').matchAll(/^COPY (?!--from)(.*) \S+$/gm)];
  const sources = copies.flatMap(([, names = '']) => names.split(' '));
  expect(sources).toContain('package.json');
  const sent = (ignored ?? '').split('\n');
  for (const source of sources) expect(sent).toContain(`!${source}`);
});

test('Dockerfile: what it takes from the built package comes from a file of the project', async () => {
  const root = new URL('../../', import.meta.url);
  const dockerfile = await readFile(new URL('Dockerfile', root), 'utf8');
  const taken = [...dockerfile.matchAll(/\/opt\/exec-agent\/dist\/([\w/$.-]+)/g)].map(([, path = '']) => path);
  const programs = taken.filter((path) => path.endsWith('.bin'));
  expect(programs).toHaveLength(1);
  for (const program of programs)
    for (const arch of ['amd64', 'arm64']) await access(new URL(`src/${program.replace('$arch', arch)}`, root));
});
