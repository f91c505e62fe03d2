import { expect, test } from 'vitest';
import { shareWork } from './share-work.ts';

const never = new AbortController().signal;

/** Work that ends when the test says so. */
function createWork() {
  const starts: { key: string; signal: AbortSignal; tell: (progress: number) => void; end: (value: string) => void }[] =
    [];
  const join = shareWork<string, number>((key, signal, tell) => {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      starts.push({ key, signal, tell, end: resolve });
    });
  });
  return { join, starts };
}

test('callers of one key share the work and its progress', async () => {
  const { join, starts } = createWork();
  const seen: string[] = [];
  const both = Promise.all(
    ['a', 'b'].map((name) => join('k', { signal: never, onProgress: (progress) => seen.push(`${name}${progress}`) })),
  );
  starts[0]?.tell(1);
  starts[0]?.end('done');
  expect(await both).toEqual(['done', 'done']);
  expect(starts.length).toBe(1);
  expect(seen).toEqual(['a1', 'b1']);
});

test('callers of two keys do not', async () => {
  const { join, starts } = createWork();
  const both = Promise.all([join('k', { signal: never }), join('l', { signal: never })]);
  for (const start of starts) start.end(start.key);
  expect(await both).toEqual(['k', 'l']);
});

test('one that leaves does not end the work for the others', async () => {
  const { join, starts } = createWork();
  const abort = new AbortController();
  const left = join('k', { signal: abort.signal });
  const stayed = join('k', { signal: never });
  abort.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  expect(starts[0]?.signal.aborted).toBe(false);
  starts[0]?.end('done');
  expect(await stayed).toBe('done');
});

test('the last one that leaves aborts the work, and the next caller starts anew', async () => {
  const { join, starts } = createWork();
  const abort = new AbortController();
  const left = join('k', { signal: abort.signal });
  abort.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  expect(starts[0]?.signal.aborted).toBe(true);
  const next = join('k', { signal: never });
  starts[1]?.end('again');
  expect(await next).toBe('again');
});

test('a failure reaches every caller and is not remembered', async () => {
  let runs = 0;
  const join = shareWork<string, never>(async () => {
    runs += 1;
    throw new Error(`failure ${runs}`);
  });
  const both = await Promise.allSettled([join('k', { signal: never }), join('k', { signal: never })]);
  expect(both.map((result) => result.status === 'rejected' && result.reason.message)).toEqual([
    'failure 1',
    'failure 1',
  ]);
  await expect(join('k', { signal: never })).rejects.toThrow('failure 2');
});

test('a caller that is aborted already starts nothing', async () => {
  const { join, starts } = createWork();
  await expect(join('k', { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
  expect(starts.length).toBe(0);
});
