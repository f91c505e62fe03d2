import { expect, test } from 'vitest';
import { problemSchema } from '../../src/wire/http/problem.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { describeWith } from '../parts/require-part.ts';
import { libraryWords } from '../words/library-words.ts';
import { readOperations } from './api-operations.ts';
import { type Ask, openHttpBench } from './open-http-bench.ts';

function asked(method: string): Ask {
  return method === 'GET' ? { method } : { method, body: {} };
}

const wrongTexts = [
  '',
  'x',
  '-1',
  '1.5',
  '1e309',
  'null',
  '[]',
  '9'.repeat(30),
  'true,false',
  '2026-13-45',
  'a'.repeat(600),
];

describeWith('redis', 'words of HTTP', () => {
  test('query: every parameter with a wrong value and every unknown one is refused in plain words', async () => {
    const bench = await openHttpBench({ httpWaitSeconds: 0 }, scriptedParts());
    try {
      const operations = (await readOperations()).filter(({ needsToken }) => needsToken);
      expect(operations.length).toBeGreaterThan(15);
      const seen = { unknown: 0, wrong: 0 };
      for (const { method, path, query } of operations) {
        const url = path.replace('{id}', 'none').replace('{name}', 'none');
        const unknown = await bench.ask(`${url}?limt=1`, asked(method));
        expect(unknown.status, `${method} ${url}`).toBe(400);
        const { detail } = problemSchema.parse(await unknown.json());
        expect(detail).toContain(
          query.includes('limit')
            ? 'limt: is not a parameter here. Did you mean limit?'
            : 'limt: is not a parameter here.',
        );
        seen.unknown += 1;
        for (const name of query)
          for (const text of wrongTexts) {
            const response = await bench.ask(`${url}?${name}=${encodeURIComponent(text)}`, asked(method));
            if (response.status !== 400) {
              await response.body?.cancel();
              continue;
            }
            const problem = problemSchema.parse(await response.json());
            expect(problem.detail).not.toMatch(libraryWords);
            if (problem.detail.startsWith(`${name}:`)) seen.wrong += 1;
          }
      }
      expect(seen.wrong).toBeGreaterThan(20);
    } finally {
      await bench.close();
    }
  });

  test('query: a wrong value is named with what is allowed', async () => {
    const bench = await openHttpBench({}, scriptedParts());
    try {
      for (const [url, sentence] of [
        ['/v1/executions?limit=many', 'limit: Use a number.'],
        ['/v1/executions?limit=501', 'limit: Use at most 500.'],
        ['/v1/executions?since=yesterday', 'since: Write a time as 2026-01-31T12:00:00Z.'],
        [
          '/v1/executions?stat=finished',
          /^stat: is not a parameter here\. Did you mean state\? Known are: id, state, /,
        ],
        ['/v1/agents?limit=5', 'limit: is not a parameter here. This route takes none.'],
      ] as const) {
        const response = await bench.ask(url);
        const { status, detail } = problemSchema.parse(await response.json());
        expect(status).toBe(400);
        if (typeof sentence === 'string') expect(detail).toBe(sentence);
        else expect(detail).toMatch(sentence);
      }
    } finally {
      await bench.close();
    }
  });
});
