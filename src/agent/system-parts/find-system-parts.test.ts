import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findSystemParts } from './find-system-parts.ts';
import type { SystemPart } from './system-parts.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'system-parts-'));
});

afterEach(() => rm(directory, { recursive: true }));

function programPart(program: string): SystemPart {
  const where = { program, versionArgs: ['--version'] };
  return { name: program, purpose: 'a test', where, debianPackage: program, elsewhere: program };
}

async function find(part: SystemPart) {
  const [found] = await findSystemParts({ searchPath: directory, signal: AbortSignal.timeout(5_000), parts: [part] });
  return found;
}

test('a program is found with its version, printed to stdout or stderr', async () => {
  const path = join(directory, 'exec-agent-part');
  await writeFile(path, '#!/bin/sh\necho "part ($1) version 20.10.24+dfsg1, build 5d6db84" >&2\n', { mode: 0o755 });
  expect(await find(programPart('exec-agent-part'))).toMatchObject({ path, version: '20.10.24+dfsg1' });
});

test('a program that does not start is there without a version', async () => {
  const path = join(directory, 'exec-agent-part');
  await writeFile(path, 'not a program', { mode: 0o755 });
  const found = await find(programPart('exec-agent-part'));
  expect(found?.path).toBe(path);
  expect(found?.version).toBeUndefined();
});

test('a program that is nowhere has no path', async () => {
  expect(await find(programPart('exec-agent-part'))).toEqual({ part: programPart('exec-agent-part') });
});

test('a part may be a file', async () => {
  const file = join(directory, 'profile.json');
  const part = { ...programPart('profile'), where: { file } };
  expect((await find(part))?.path).toBeUndefined();
  await writeFile(file, '{}');
  expect((await find(part))?.path).toBe(file);
});
