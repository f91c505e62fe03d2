import { expect, test } from 'vitest';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import { plainText } from '../../wire/sentence.ts';
import { judgeOffers } from './judge-offers.ts';

const base = {
  offered: [
    { name: 'data', countsTokens: true },
    { name: 'search', countsTokens: false },
  ],
  servicePort: 9000,
};

function judge(network: Partial<ExecutionPlan['network']>): readonly string[] {
  const findings = judgeOffers({ network: { mode: 'none', services: [], ports: [], ...network } }, base);
  return findings.map(({ says }) => plainText(says));
}

test('a service that is not there is refused by its name, with those that are', () => {
  expect(judge({ services: ['data', 'search'] })).toEqual([]);
  expect(judge({ services: ['data', 'mail'] })).toEqual([
    'network.services: there is no service "mail" here. There is data, search.',
  ]);
});

test('a budget of tokens needs a service that counts them', () => {
  expect(judge({ services: ['data'], budgets: { data: { tokens: 5 } } })).toEqual([]);
  expect(judge({ services: ['search'], budgets: { search: { calls: 5 } } })).toEqual([]);
  expect(judge({ services: ['search'], budgets: { search: { tokens: 5 } } })).toEqual([
    expect.stringMatching(/^network\.tokens\.search: the service "search" counts no tokens/),
  ]);
});

test("the proxy's own port cannot be forwarded", () => {
  const ports = [{ container: 9000, host: 8080 }];
  expect(judge({ ports })).toEqual([]);
  expect(judge({ ports, services: ['data'] })).toEqual([
    expect.stringMatching(/^network\.ports: port 9000 is the service proxy/),
  ]);
});
