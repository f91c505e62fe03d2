import { expect, test, vi } from 'vitest';
import { createBareApp } from '../../server/bare-app.ts';
import { createDashboardModule } from './create-dashboard-module.ts';

test('login: while Redis is away it says so at once', async () => {
  const check = vi.fn();
  const app = createBareApp({ maxMessageBytes: 1000 });
  const tokens = {
    create: vi.fn(),
    list: vi.fn(),
    revoke: vi.fn(),
    revokeUnlessLast: vi.fn(),
    isEmpty: vi.fn(),
    check,
    find: vi.fn(),
  };
  createDashboardModule({
    sessions: { open: vi.fn(), find: vi.fn(), close: vi.fn() },
    tokens,
    audit: { note: vi.fn(), list: vi.fn() },
    base: '',
    isConnected: () => false,
    clock: { now: () => 0 },
  }).addRoutes(app, { streams: { open: vi.fn() }, limits: { heartbeatMs: 1000 } });
  const headers = { 'x-exec-agent': 'dashboard', 'content-type': 'application/json' };
  const refused = app.inject({ method: 'POST', url: '/ui/session', headers, payload: '{"token":"exa_"}' });
  expect((await refused).body).toContain('cannot reach Redis');
  expect(check).not.toHaveBeenCalled();
  await app.close();
});
