import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProxySession } from '../../proxy/proxy-session.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import type { Progress, Spending } from '../../wire/record/record.ts';
import type { Journal } from '../journal.ts';
import { openAccess } from './service-access.ts';

const nothing: Spending = { calls: 0, bytesIn: 0, bytesOut: 0, errors: 0, ms: 0, tokens: 0 };
const running: Progress = {
  state: 'running',
  sandbox: {},
  container: {},
  step: 0,
  steps: [],
  startedAt: 0,
  deadline: 1,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(services: string[], spent?: Record<string, Spending>) {
  const kept: Progress[] = [];
  const grants: unknown[] = [];
  const handled: Socket[] = [];
  let spending = spent ?? { data: nothing };
  let isOpen = true;
  const session: ProxySession = {
    handle: (socket) => void handled.push(socket),
    spending: () => spending,
    async close() {
      isOpen = false;
    },
  };
  const journal: Journal = {
    keep: async (progress) => void kept.push(progress),
    finish: async () => true,
    putBack: () => expect.unreachable(),
  };
  const access = openAccess({
    plan: {
      id: 'e',
      tenant: 'default',
      network: { mode: 'none', services, budgets: { data: { calls: 3 } }, ports: [] },
    },
    services: {
      open(grant) {
        grants.push(grant);
        return session;
      },
    },
    journal,
    spent,
    logger: createSilentLogger(),
  });
  const spend = (calls: number) => {
    spending = { data: { ...nothing, calls } };
  };
  return { access, kept, grants, handled, spend, isOpen: () => isOpen };
}

test('what an earlier agent had counted is counted on', async () => {
  const spent = { data: { ...nothing, calls: 2 } };
  const { access, grants } = open(['data'], spent);
  expect(grants).toEqual([
    { executionId: 'e', tenant: 'default', services: ['data'], budgets: { data: { calls: 3 } }, spent },
  ]);
  expect(access.spending()).toEqual(spent);
  await access.end();
});

test('what is spent is written down with the progress, and again once a second while more is', async () => {
  const { access, kept, spend } = open(['data']);
  await access.journal.keep({ state: 'staging', sandbox: {} });
  await access.journal.keep(running);
  spend(1);
  await vi.advanceTimersByTimeAsync(1000);
  await vi.advanceTimersByTimeAsync(5000);
  spend(2);
  await access.end();
  await vi.advanceTimersByTimeAsync(5000);
  const of = (calls: number) => ({ ...running, spent: { data: { ...nothing, calls } } });
  expect(kept).toEqual([{ state: 'staging', sandbox: {} }, of(0), of(1), of(2)]);
});

test('connections go to the session, until access ends', async () => {
  const { access, handled, isOpen } = open(['data']);
  const socket = new Socket();
  access.network.onConnection?.(socket);
  expect(handled).toEqual([socket]);
  await access.end();
  expect(isOpen()).toBe(false);
});

test('without a grant nobody listens and nothing is counted', async () => {
  const { access, grants } = open([]);
  expect(access.network).toEqual({ mode: 'none', ports: [] });
  expect(access.spending()).toBeUndefined();
  expect(grants).toEqual([]);
  await access.end();
});
