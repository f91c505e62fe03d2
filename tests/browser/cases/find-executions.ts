import assert from 'node:assert/strict';
import type { BrowserCase } from '../run-cases.ts';

export const findExecutions: readonly BrowserCase[] = [
  {
    name: 'list: numbers and fields narrow it down, and the address holds the filter',
    async run({ openPage, url, run }) {
      await run('true', { name: 'find-good', tags: { set: 'find', kind: 'a' } });
      await run('exit 3', { name: 'find-bad', tags: { set: 'find' } });
      const page = await openPage();
      await page.goto(`${url}/ui/?tag=set%3Dfind`);
      const rows = page.locator('[data-row]');
      await rows.nth(1).waitFor();
      await page.getByRole('button', { name: 'EXIT_NONZERO' }).click();
      await page.waitForURL(/code=EXIT_NONZERO/);
      await page.getByRole('link', { name: 'find-good' }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'find-bad' }).waitFor();
      await page.getByRole('button', { name: 'EXIT_NONZERO', pressed: true }).click();
      await page.waitForURL((address) => !address.searchParams.has('code'));
      // The fields are made anew with the filter: what is typed before that is lost.
      await page.getByRole('button', { name: 'EXIT_NONZERO', pressed: false }).waitFor();
      await page.getByLabel('Tags').fill('set=find kind=a');
      await page.getByLabel('Tags').press('Enter');
      await page.waitForURL((address) => address.searchParams.getAll('tag').length === 2);
      await page.getByRole('link', { name: 'find-bad' }).waitFor({ state: 'detached' });
      const before = page.url();
      await page.reload();
      await page.getByRole('link', { name: 'find-good' }).waitFor();
      assert.equal(page.url(), before);
      await page.getByRole('link', { name: 'Clear' }).click();
      await page.getByRole('link', { name: 'Clear' }).waitFor({ state: 'detached' });
      await page.getByLabel('Search').fill('find-b');
      await page.getByLabel('Search').press('Enter');
      await page.getByRole('link', { name: 'find-good' }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'find-bad' }).waitFor();
    },
  },
  {
    name: 'list: what matches a filter is canceled together, after a question that says how many',
    async run({ openPage, url, start, client }) {
      const tags = { set: 'many' };
      const ids = [await start('sleep 100', { tags }), await start('sleep 100', { tags })];
      const other = await start('sleep 100', { tags: { set: 'stays' } });
      const page = await openPage();
      await page.goto(`${url}/ui/?tag=set%3Dmany`);
      await page.locator('[data-row]').nth(1).waitFor();
      await page.getByRole('button', { name: 'Cancel all' }).click();
      await page.getByRole('dialog').getByText('2 executions').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel them' }).click();
      for (const id of ids) assert.equal((await client.wait(id)).error_code, 'CANCELED');
      assert.notEqual((await client.get(other)).state, 'finished');
      await client.cancel(other);
    },
  },
  {
    name: 'queue: is paused and resumed',
    async run({ openPage, url, client }) {
      const page = await openPage();
      await page.goto(`${url}/ui/queue`);
      try {
        await page.getByRole('button', { name: 'Pause' }).click();
        await page.getByText('The queue is paused').waitFor();
        assert.equal((await client.queue()).paused, true);
        await page.getByRole('button', { name: 'Resume' }).click();
        await page.getByText('Agents take requests').waitFor();
        assert.equal((await client.queue()).paused, false);
      } finally {
        await client.resume();
      }
    },
  },
  {
    name: 'overview: shows what failed last, and its numbers lead to the list',
    async run({ openPage, url, run }) {
      await run('exit 9', { name: 'overview-fails' });
      const page = await openPage();
      await page.goto(`${url}/ui/overview`);
      await page.getByRole('link', { name: 'overview-fails' }).waitFor();
      await page.getByRole('img', { name: /ok, \d+ failed/ }).waitFor();
      await page.getByRole('link', { name: /EXIT_NONZERO/ }).click();
      await page.waitForURL(/\/ui\/\?code=EXIT_NONZERO&last=24h/);
      await page.getByRole('link', { name: 'overview-fails' }).waitFor();
    },
  },
];
