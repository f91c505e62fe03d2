import { describe, expect, test } from 'vitest';
import { costGrowth, linearGrowth } from '../../../../tests/parts/measure/cost-ratio.ts';
import type { Output } from '../../../wire/plan/plan.ts';
import { outputLogs } from './output-logs.ts';

const common = { origin: 'outputs[0]', links: 'inside' } as const;
const put = (root: string, name: string, object: string): Output => ({
  ...common,
  kind: 'put',
  root,
  name,
  optional: true,
  to: { kind: 'object', bucket: 'b', name: object },
});
const upload = (root: string, prefix: string, bucket = 'b'): Output => ({
  ...common,
  kind: 'upload',
  root,
  bucket,
  prefix,
});
const uploaded = (name: string, bucket = 'b') => ({ bucket, name, size: 1, sha256: 'x', url: 'x' });

describe('output logs', () => {
  test('name the path of each object, by the first output that it can be of', () => {
    const outputs = [upload('/c', 'deep/er', 'c'), upload('/one', 'x/'), put('/o', 'f', 'x/f'), upload('/two', 'x/y')];
    const uploads = [uploaded('x/f'), uploaded('x/y/g'), uploaded('deep/er/h', 'c'), uploaded('deep/er/h')];
    expect(outputLogs(outputs, { uploads })).toEqual([
      { url: 's3://b/x/f', path: '/one/f', size_bytes: '1' },
      { url: 's3://b/x/y/g', path: '/one/y/g', size_bytes: '1' },
      { url: 's3://c/deep/er/h', path: '/c/h', size_bytes: '1' },
    ]);
    expect(outputLogs([...outputs].reverse(), { uploads })).toMatchObject([
      { path: '/o/f' },
      { path: '/two/g' },
      { path: '/c/h' },
    ]);
  });

  test('name the path of what was sent', () => {
    const outputs: Output[] = ['/a', '/b'].map((root) => ({
      ...common,
      kind: 'put',
      root,
      name: 'f',
      optional: true,
      to: { kind: 'url', url: 'https://x/f' },
    }));
    const sent = [{ name: 'f', url: 'https://x/f', size: 2, sha256: 'x' }];
    expect(outputLogs(outputs, { uploads: [], sent })).toEqual([{ url: 'https://x/f', path: '/a/f', size_bytes: '2' }]);
  });

  test('are made in linear time, for any outputs', () => {
    const kinds: readonly ((at: number) => Output)[] = [
      (at) => put('/o', `f${at}`, `x/${at}/f`),
      (at) => upload('/o', `x/${at}`),
    ];
    for (const kind of kinds) {
      const log = (size: number) => {
        const numbers = Array.from({ length: size }, (_, at) => at);
        const outputs = numbers.map(kind);
        const uploads = numbers.map((at) => uploaded(`x/${at}/f`));
        return () => outputLogs(outputs, { uploads });
      };
      expect(costGrowth(log, 30)).toBeLessThan(linearGrowth);
    }
  });
});
