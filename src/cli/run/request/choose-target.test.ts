import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseTarget } from './choose-target.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'choose-target-'));
  await writeFile(join(cwd, 'request.json'), '{}');
});

afterEach(() => rm(cwd, { recursive: true }));

function choose(target: string, flags = {}, command: string[] = []) {
  return chooseTarget({ target, command, flags }, cwd);
}

test('"-" and an existing file ending in .json are requests', async () => {
  expect(await choose('-')).toEqual({ kind: 'request', source: '-' });
  expect(await choose('request.json')).toEqual({ kind: 'request', source: 'request.json' });
});

test('anything else is an image, also where a directory has its name', async () => {
  await mkdir(join(cwd, 'alpine'));
  await mkdir(join(cwd, 'team.json'));
  for (const image of ['alpine', 'registry:5000/team/tool:1', 'tool:1.json', 'team.json'])
    expect(await choose(image)).toEqual({ kind: 'image', reference: image });
});

test('a request file with options of an ad hoc request is refused, naming them', async () => {
  await expect(choose('request.json', { envFile: ['x'], timeout: 3, json: true }, ['ls'])).rejects.toThrow(
    'request.json is a complete request, so --env-file, --timeout, a command cannot be used with it.',
  );
});
