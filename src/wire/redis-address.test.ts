import { expect, test } from 'vitest';
import { isClusterUrl, parseClusterUrl } from './redis-address.ts';

test('cluster URL: nodes, user, password and TLS', () => {
  expect(parseClusterUrl('redis+cluster://a:7000,b,[::1]:7001')).toEqual({
    nodes: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6379 },
      { host: '::1', port: 7001 },
    ],
    isTls: false,
  });
  expect(parseClusterUrl('rediss+cluster://me:p%40ss@a:7000/')).toEqual({
    nodes: [{ host: 'a', port: 7000 }],
    username: 'me',
    password: 'p@ss',
    isTls: true,
  });
  expect(parseClusterUrl('redis+cluster://:secret@a')).toMatchObject({ password: 'secret' });
});

test.each([
  'redis+cluster://',
  'redis+cluster://a:b',
  'redis+cluster://a,,b',
  'redis+cluster://a:1/2',
  'redis+cluster://u@a',
])('cluster URL: %s is none', (url) => {
  expect(isClusterUrl(url)).toBe(true);
  expect(parseClusterUrl(url)).toBeUndefined();
});

test('cluster URL: other URLs are for one server', () => {
  for (const url of ['redis://a', 'rediss://a', 'unix:///a', 'redis+sentinel://a/b']) {
    expect(isClusterUrl(url)).toBe(false);
    expect(parseClusterUrl(url)).toBeUndefined();
  }
});
