import assert from 'node:assert/strict';
import type { BrowserCase } from '../run-cases.ts';

export const wholeLogs: readonly BrowserCase[] = [
  {
    name: 'log: of tens of megabytes shows its end at once, and the agent finds a line anywhere in it',
    async run({ openPage, url, run }, figures) {
      const id = await run(`seq -f 'line %.0f <img src=x onerror=alert(1)> ${'x'.repeat(30)}' 1 500000`);
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}`);
      await page.getByRole('heading').first().waitFor();
      const opened = performance.now();
      await page.keyboard.press('l');
      await page.getByText('line 500000 <img').waitFor();
      figures.log_first_screen_ms = Math.round(performance.now() - opened);
      assert.ok((await page.locator('.line').count()) < 300);
      assert.equal(await page.locator('.line .number').last().textContent(), '500000');
      const searched = performance.now();
      await page.getByPlaceholder('find in the whole log').fill('LINE 123456 ');
      await page.getByRole('button', { name: 'Find next' }).click();
      await page.locator('.marked', { hasText: 'line 123456 ' }).waitFor();
      figures.search_ms = Math.round(performance.now() - searched);
      assert.equal(await page.locator('.marked .number').textContent(), '123456');
      await page.getByText('1 of 1', { exact: true }).waitFor();
      await page.getByPlaceholder('find in the whole log').fill('line 4');
      await page.getByPlaceholder('find in the whole log').press('Enter');
      await page.getByText('1 of 1000+').waitFor();
      await page.locator('.marked', { hasText: 'line 4 ' }).waitFor();
      await page.getByRole('button', { name: 'Find next' }).click();
      await page.locator('.marked', { hasText: 'line 40 ' }).waitFor();
      await page.getByPlaceholder('find in the whole log').fill('nowhere in it');
      await page.getByPlaceholder('find in the whole log').press('Enter');
      await page.getByText('not found').waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'download' }).click(),
      ]);
      assert.equal(download.suggestedFilename(), `${id}.log`);
      await page.goto(`${url}/ui/executions/${id}/log#L250000`);
      await page.locator('.chosen-line', { hasText: 'line 250000 ' }).waitFor();
      assert.equal(await page.locator('.chosen-line .number').textContent(), '250000');
      const directory = process.env.EXEC_TEST_PICTURES;
      if (directory !== undefined) await page.screenshot({ path: `${directory}/whole-log.png` });
    },
  },
];
