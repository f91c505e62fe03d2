import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOpenDirectories, type OpenDirectories } from '../../workspace/beneath/open-directories.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import { createFindings } from '../findings.ts';
import { followLink } from './follow-link.ts';
import { surveyRoot } from './survey-root.ts';

const root = '/workspace/output';
let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'follow-link-'));
});
afterEach(() => removeTree(directory));

/** @param onLook called before a directory is entered to read a link */
async function survey(onLook: () => void = () => undefined) {
  const real = createOpenDirectories(directory);
  const volume: OpenDirectories = {
    ...real,
    within(parts, work, otherwise) {
      onLook();
      return real.within(parts, work, otherwise);
    },
  };
  const seen = await surveyRoot('outputs', root, {
    roots: new Map([[root, directory]]),
    volumeAt: () => volume,
    limits: { maxOutputBytes: 1000, maxOutputFiles: 1000, maxOutputDepth: 10 },
    findings: createFindings(),
    signal: new AbortController().signal,
  });
  if (seen === undefined) throw new Error('there is no such directory');
  return { ...seen, close: () => real.close() };
}

test('followLink: leads to files below the root alone, through other links too', async () => {
  await mkdir(join(directory, 'sub/deep'), { recursive: true });
  await writeFile(join(directory, 'file'), '');
  await symlink('/etc', join(directory, 'etc'));
  await symlink('.', join(directory, 'self'));
  const targets: Readonly<Record<string, string>> = {
    absolute: `${root}/file`,
    relative: './file',
    'sub/deep/up': '../../file',
    chain: 'sub/deep/up',
    outside: '/etc/passwd',
    above: '../../../etc/passwd',
    proc: `/proc/self/root${root}/file`,
    through: 'etc/passwd',
    byLinkedDirectory: 'self/file',
    climbing: 'etc/../file',
    directory: 'sub',
    loop: 'loop',
    nothing: 'none',
    sibling: `${root}-other/file`,
  };
  for (const [name, target] of Object.entries(targets)) await symlink(target, join(directory, name));
  const seen = await survey();
  const found = await Promise.all(Object.keys(targets).map(async (name) => [name, await followLink(name, seen)]));
  await seen.close();
  expect(found.filter(([, target]) => target !== undefined)).toEqual(
    ['absolute', 'relative', 'sub/deep/up', 'chain'].map((name) => [name, 'file']),
  );
});

test('followLink: reads a link once, however often it is asked for', async () => {
  await writeFile(join(directory, 'file'), '');
  await symlink('file', join(directory, 'link'));
  await symlink('none', join(directory, 'broken'));
  let looks = 0;
  const seen = await survey(() => {
    looks += 1;
  });
  looks = 0;
  for (let time = 0; time < 5; time += 1) {
    expect(await followLink('link', seen)).toBe('file');
    expect(await followLink('broken', seen)).toBe(undefined);
  }
  await seen.close();
  expect(looks).toBe(2);
});
