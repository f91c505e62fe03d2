import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTarget } from './parse-target.ts';

describe('the path of a call', () => {
  it.each([
    ['/health', 'health', '', ''],
    ['/data/query', 'data', '/query', ''],
    ['/data/query?async=true', 'data', '/query', '?async=true'],
    ['/data', 'data', '', ''],
    ['/data/', 'data', '/', ''],
    ['/data?x=../ai', 'data', '', '?x=../ai'],
    ['/ai/v1/models/gpt-4.1', 'ai', '/v1/models/gpt-4.1', ''],
    ['/data/.well-known/x', 'data', '/.well-known/x', ''],
    ['/data/a%20b/%C3%A9', 'data', '/a%20b/%C3%A9', ''],
    ['/data/a;v=1/b', 'data', '/a;v=1/b', ''],
    ['/data/100%25', 'data', '/100%25', ''],
    ['/data/a..b/...', 'data', '/a..b/...', ''],
  ])('%s is what it seems to be', (target, service, path, query) => {
    expect(parseTarget(target)).toEqual({ service, path, query });
  });

  it.each([
    '/data/../ai',
    '/data/..',
    '/data/./query',
    '/../ai',
    '/data/..;/ai',
    '//ai',
    '/data//ai',
    '/data/%2e%2e/ai',
    '/data/%2E./ai',
    '/data%2fquery',
    '/data/..%2fai',
    '/data/%5c..%5cai',
    '/data\\..\\ai',
    '/data/%00',
    '/data/%0d%0aHost:x',
    '/d%61ta/query',
    '/data/%252e%252e/ai',
    '/data/%25%32%65',
    '/data/%61dmin',
    '/data/%zz',
    '/data/%2',
    '/data/query#x',
    '/data/query?x#y',
    'http://127.0.0.1:9000/data/query',
    'data/query',
    '*',
    '127.0.0.1:9000',
  ])('%s is refused', (target) => {
    expect(parseTarget(target)).toMatchObject({ status: 400, code: 'BAD_PATH' });
  });

  it('request target: means the same to every server that normalises it, or is refused', () => {
    const part = fc.constantFrom(
      'data',
      'ai',
      '..',
      '.',
      '',
      '%2e',
      '%2E',
      '%2f',
      '%5c',
      '\\',
      ';',
      '%25',
      '2e',
      'x',
      '%',
    );
    fc.assert(
      fc.property(fc.array(fc.array(part, { maxLength: 3 }), { maxLength: 4 }), (parts) => {
        const parsed = parseTarget(`/data/${parts.map((piece) => piece.join('')).join('/')}`);
        if ('code' in parsed) return;
        for (const reading of [parsed.path, decode(parsed.path), decode(decode(parsed.path))]) {
          expect(reading).not.toMatch(/\/\.\.?(?:\/|;|$)|\\|\/\/|\0/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** As a server would that takes bytes for what they are. */
function decode(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
