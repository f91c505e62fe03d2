import assert from 'node:assert/strict';
import { createHttpClient } from '../../../src/client/browser.ts';
import { findViolations } from '../find-violations.ts';
import type { BrowserCase } from '../run-cases.ts';
import { startProxy } from '../start-proxy.ts';

const base = '/tools/exec';

export const belowAPath: readonly BrowserCase[] = [
  {
    name: 'base path: the dashboard works behind proxies that keep the path and that remove it, with sessions of their own',
    async run({ openPage, openAgent }, figures) {
      const agent = await openAgent({ EXEC_HTTP_BASE: base });
      const proxies = await Promise.all([true, false].map((strips) => startProxy({ port: agent.port, base, strips })));
      try {
        const { token } = await createHttpClient({ url: agent.url }).createToken({
          tenant: 'team',
          scopes: ['submit', 'read', 'operate', 'admin'],
        });
        for (const { origin, outside } of proxies) {
          const page = await openPage({}, origin);
          const other = await openPage({}, origin);
          for (const each of [page, other]) {
            await each.goto(`${origin}${base}`);
            await each.getByLabel('Token').fill(token);
            await each.getByRole('button', { name: 'Log in' }).click();
            await each.waitForURL(`${origin}${base}/ui/`);
            await each.getByRole('button', { name: 'Log out' }).waitFor();
          }
          const [cookie] = await page.context().cookies();
          assert.equal(cookie?.path, `${base}/`);
          await page.getByRole('link', { name: 'New execution' }).first().click();
          await page
            .getByLabel('Request as JSON')
            .fill('{"name": "proxied", "container": {"image": "host", "command": ["echo", "through the proxy"]}}');
          await page.getByRole('button', { name: 'Run' }).click();
          await page.getByText('through the proxy', { exact: true }).waitFor();
          await page.getByRole('heading', { name: 'OK proxied' }).waitFor();
          await other.getByRole('row').filter({ hasText: 'proxied' }).first().getByText('OK').waitFor();
          await page.reload();
          await page.getByText('through the proxy', { exact: true }).waitFor();
          const [download] = await Promise.all([
            page.waitForEvent('download'),
            page.getByRole('link', { name: 'download' }).click(),
          ]);
          assert.ok(download.url().startsWith(`${origin}${base}/v1/`));
          await page.keyboard.press('g');
          await page.keyboard.press('q');
          await page.waitForURL(`${origin}${base}/ui/queue`);
          const docs = await page.request.get(`${origin}${base}/openapi.json`);
          assert.deepEqual((await docs.json()).servers, [{ url: base }]);

          await page.getByRole('link', { name: 'Sessions' }).click();
          await page.getByText('this one').waitFor();
          assert.equal(await page.getByRole('row').count(), 3);
          const violations = await findViolations(page, 'sessions');
          figures.axe_violations = (figures.axe_violations ?? 0) + violations.length;
          assert.deepEqual(violations, []);
          await page.getByRole('button', { name: 'Log out everywhere' }).click();
          await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click();
          await page.getByLabel('Token').waitFor();
          await other.reload();
          await other.getByLabel('Token').waitFor();
          assert.deepEqual(outside, []);
          for (const each of [page, other]) await each.context().close();
        }
      } finally {
        await Promise.all(proxies.map((proxy) => proxy.close()));
        await agent.close();
      }
    },
  },
];
