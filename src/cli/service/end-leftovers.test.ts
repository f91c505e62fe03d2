import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { becomesTrue } from '../../../tests/parts/poll.ts';
import { endGroup } from './end-leftovers.ts';

const patienceMs = 20_000;
let group = '';
beforeAll(async () => {
  group = await mkdtemp(join(tmpdir(), 'group-'));
});
afterAll(() => rm(group, { recursive: true }));

test('leftovers of the service: all processes of its group are killed, and their end is waited for', async () => {
  const file = (name: string) => join(group, name);
  await writeFile(file('cgroup.kill'), '');
  await writeFile(file('cgroup.events'), 'populated 1\nfrozen 0\n');
  let hasEnded = false;
  const ending = endGroup(group).then(() => {
    hasEnded = true;
  });
  expect(await becomesTrue(async () => (await readFile(file('cgroup.kill'), 'utf8')) === '1', patienceMs)).toBe(true);
  expect(hasEnded).toBe(false);
  await writeFile(file('cgroup.events'), 'populated 0\nfrozen 0\n');
  await ending;
});

test('leftovers of the service: a group that does not exist has none', async () => {
  await endGroup(join(group, 'none'));
});
