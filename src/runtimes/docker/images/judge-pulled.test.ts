import { expect, test } from 'vitest';
import { parseImageReference } from '../../../support/names/image-reference.ts';
import { explainConnectionError } from '../engine/explain-connection-error.ts';
import { createPulledJudge, type ExpectedPull } from './judge-pulled.ts';

const reference = parseImageReference('tool:1');
const large = { id: 'sha256:large', size: 5000 };
const tooLarge = { code: 'IMAGE_PULL_FAILED', message: expect.stringContaining('EXEC_IMAGE_STORE_MAX') };

/** @param absences how many calls in a row the engine is away for */
function open(absences: number, mirrors: readonly string[] = []) {
  const removed: string[] = [];
  let away = absences;
  const call = async <T>(value: T): Promise<T> => {
    if (away === 0) return value;
    away -= 1;
    throw explainConnectionError(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }), 'unix:///docker.sock');
  };
  const judge = createPulledJudge({
    engine: {
      facts: () => call(undefined),
      async tell({ path }) {
        const answer = await call({ ok: true, value: undefined } as const);
        removed.push(path);
        return answer;
      },
    },
    registries: {
      sourcesOf: () =>
        [...mirrors, 'docker.io'].map((registry) => {
          const isMirror = registry !== 'docker.io';
          return { registry, repository: `${registry}/tool`, isMirror, insecure: false, redirects: [] };
        }),
    },
    limits: { pullBytes: 1000, imageEntries: 10, engineAwayMs: 1, retryPauseMs: 1 },
  });
  return { judge, removed, comesBack: () => (away = 0) };
}

test('pull: an image that is too large goes also where the engine was away when it was to be removed', async () => {
  const { judge, removed } = open(1);
  judge.expect(reference, undefined);
  await expect(judge.judge(reference, large)).rejects.toMatchObject(tooLarge);
  expect(removed).toEqual(['/images/tool:1']);
  // There is nothing more to be judged.
  await judge.judge(reference, large);
});

test('pull: an image that is too large is not used while the engine could not remove it', async () => {
  const { judge, removed, comesBack } = open(100);
  judge.expect(reference, 'sha256:before');
  await expect(judge.judge(reference, large)).rejects.toMatchObject(tooLarge);
  expect(removed).toEqual([]);
  comesBack();
  await expect(judge.judge(reference, large)).rejects.toMatchObject(tooLarge);
  expect(removed).toEqual(['/images/tool:1']);
});

test('pull: an image that is too large goes with the names of the mirrors that it may have come from', async () => {
  const { judge, removed } = open(0, ['mirror.example']);
  judge.expect(reference, undefined);
  await expect(judge.judge(reference, large)).rejects.toMatchObject(tooLarge);
  expect(removed).toEqual(['/images/tool:1', '/images/mirror.example/tool:1']);
});

test('pull: an image that the engine had before is not judged, nor one that is small', async () => {
  const { judge, removed } = open(0);
  await judge.judge(reference, large);
  await judge.expect(reference, large.id).judge(large);
  await judge.expect(reference, large.id).judge({ id: 'sha256:small', size: 10 });
  expect(removed).toEqual([]);
});

test.each([
  { how: 'fails', end: async (pull: ExpectedPull) => pull.failed(false) },
  { how: 'has pulled a small one', end: (pull: ExpectedPull) => pull.judge({ id: 'sha256:small', size: 10 }) },
])('pull: an image that is too large is found although another pull of its name $how meanwhile', async ({ end }) => {
  const { judge, removed } = open(0);
  const pulls = [judge.expect(reference, undefined), judge.expect(reference, undefined)] as const;
  await end(pulls[0]);
  await expect(pulls[1].judge(large)).rejects.toMatchObject(tooLarge);
  expect(removed).toEqual(['/images/tool:1']);
});

test('pull: an image that may have come as the engine went away is judged although another pull of its name fails', async () => {
  const { judge } = open(0);
  const pulls = [judge.expect(reference, undefined), judge.expect(reference, undefined)] as const;
  pulls[0].failed(true);
  pulls[1].failed(false);
  await expect(judge.judge(reference, large)).rejects.toMatchObject(tooLarge);
});
