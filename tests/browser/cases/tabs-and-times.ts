import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { BrowserCase } from '../run-cases.ts';

const iconOf = (page: Page, look: string) =>
  page.waitForSelector(`link[rel=icon][href$="-${look}.svg"]`, { state: 'attached' });

/** Runs in the page, as when its tab goes to the back or comes to the front. */
const becomes = (state: 'hidden' | 'visible') => `(() => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
  document.dispatchEvent(new Event('visibilitychange'));
})()`;

export const tabsAndTimes: readonly BrowserCase[] = [
  {
    name: 'tab: its icon has the colour of the execution, and is served',
    async run({ openPage, url, run, start, client }) {
      const page = await openPage();
      const [good, bad, active] = [await run('true'), await run('exit 3'), await start('sleep 60')];
      for (const [id, look] of [
        [good, 'good'],
        [bad, 'bad'],
        [active, 'active'],
      ] as const) {
        await page.goto(`${url}/ui/executions/${id}`);
        const link = await iconOf(page, look);
        const icon = await fetch(new URL((await link.getAttribute('href')) ?? '', url));
        assert.equal(icon.status, 200);
        assert.match(await icon.text(), /^<svg/);
      }
      await client.cancel(active);
      await iconOf(page, 'quiet');
      await page.getByRole('link', { name: 'Queue' }).click();
      await page.waitForSelector('link[rel=icon]:not([href*="-quiet"])', { state: 'attached' });
      await page.context().close();
    },
  },
  {
    name: 'times: are in UTC where that was chosen, also after the page was loaded again',
    async run({ openPage, url, run }) {
      const id = await run('true');
      const page = await openPage({ timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
      const shown = () => page.locator('.execution-head time').getAttribute('title');
      await page.goto(`${url}/ui/executions/${id}`);
      await page.getByText(/ · updated /).waitFor();
      const at = new Date((await page.locator('.execution-head time').getAttribute('datetime')) ?? '');
      const told = (timeZone: string) =>
        at.toLocaleString('en-GB', { dateStyle: 'short', timeStyle: 'medium', timeZone });
      assert.equal(await shown(), `${told('Asia/Tokyo')} (${at.toISOString()})`);
      await page.getByRole('button', { name: 'UTC' }).click();
      await page.getByRole('button', { name: 'UTC', pressed: true }).waitFor();
      assert.equal(await shown(), `${told('UTC')} UTC (${at.toISOString()})`);
      await page.reload();
      await page.getByRole('button', { name: 'UTC', pressed: true }).click();
      assert.equal(await shown(), `${told('Asia/Tokyo')} (${at.toISOString()})`);
      await page.context().close();
    },
  },
  {
    name: 'tab: one that is hidden for a minute has no streams, and goes on when it is shown again',
    async run({ openPage, url, start, client }) {
      const id = await start('echo first; until [ -e /workspace/input/go ]; do sleep 0.1; done');
      const page = await openPage();
      const open = new Set<string>();
      page.on('request', (request) => {
        if (request.headers().accept === 'text/event-stream') open.add(new URL(request.url()).pathname);
      });
      const end = (path: string) => open.delete(new URL(path).pathname);
      page.on('requestfailed', (request) => end(request.url()));
      page.on('requestfinished', (request) => end(request.url()));
      await page.clock.install();
      await page.goto(`${url}/ui/executions/${id}/log`);
      await page.getByText('first', { exact: true }).waitFor();
      assert.deepEqual([...open].sort(), ['/v1/events', `/v1/executions/${id}/logs`]);
      await page.evaluate(becomes('hidden'));
      await page.clock.fastForward(61_000);
      for (let look = 0; look < 100 && open.size > 0; look += 1) await page.waitForTimeout(50);
      assert.deepEqual([...open], []);
      await client.cancel(id);
      for (let look = 0; look < 600 && (await client.get(id)).state !== 'finished'; look += 1)
        await page.waitForTimeout(50);
      await page.evaluate(becomes('visible'));
      await page.locator('.badge', { hasText: 'CANCELED' }).waitFor();
      await page.getByText('first', { exact: true }).waitFor();
      assert.equal(await page.getByText('first', { exact: true }).count(), 1);
      await page.context().close();
    },
  },
];
