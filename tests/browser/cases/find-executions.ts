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
      await page.getByLabel('Tags').fill('set=find kind=a');
      await page.getByLabel('Tags').press('Enter');
      await page.waitForURL((address) => address.searchParams.getAll('tag').length === 2);
      await page.getByRole('link', { name: 'find-bad' }).waitFor({ state: 'detached' });
      const before = page.url();
      await page.reload();
      await page.getByRole('link', { name: 'find-good' }).waitFor();
      assert.equal(page.url(), before);
      await page.getByRole('link', { name: 'Clear' }).click();
      await page.getByLabel('Search').fill('find-b');
      await page.getByLabel('Search').press('Enter');
      await page.getByRole('link', { name: 'find-good' }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'find-bad' }).waitFor();
    },
  },
];
