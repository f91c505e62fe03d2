import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { BrowserCase } from '../run-cases.ts';

/** Resolves once the text is inside what is visible of the log. */
async function isInView(page: Page, text: string): Promise<void> {
  const line = page.locator('.log .line', { has: page.getByText(text, { exact: true }) });
  await line.waitFor();
  await page.waitForFunction(
    `(() => {
      const line = [...document.querySelectorAll('.log .line')].find((each) => each.querySelector('.line-text')?.textContent === ${JSON.stringify(text)});
      if (line === undefined) return false;
      const [inner, outer] = [line.getBoundingClientRect(), line.closest('.log').getBoundingClientRect()];
      return inner.top >= outer.top && inner.bottom <= outer.bottom;
    })()`,
  );
}

export const linksAndViews: readonly BrowserCase[] = [
  {
    name: 'log: an address leads to its lines, shift selects more of them, and a link to them is copied',
    async run({ openPage, url, run }) {
      const id = await run("seq -f 'line %.0f' 1 3000");
      const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
      const log = `${url}/ui/executions/${id}/log`;
      const clipboard = () => page.evaluate<string>('navigator.clipboard.readText()');
      await page.goto(`${log}#L1500-L1502`);
      await isInView(page, 'line 1500');
      assert.deepEqual(await page.locator('.chosen-line .line-text').allTextContents(), [
        'line 1500',
        'line 1501',
        'line 1502',
      ]);
      await page.getByText('lines 1500 to 1502 selected').waitFor();
      await page.getByRole('button', { name: 'Copy the text of lines 1500 to 1502' }).click();
      assert.equal(await clipboard(), 'line 1500\nline 1501\nline 1502\n');
      await page.locator('.number', { hasText: '1504' }).click({ modifiers: ['Shift'] });
      await page.waitForURL(`${log}#L1500-L1504`);
      await page.locator('.number', { hasText: '1498' }).click();
      await page.waitForURL(`${log}#L1498`);
      await page.keyboard.press('y');
      await page.getByRole('button', { name: 'Copy the link to line 1498' }).getByText('copied').waitFor();
      assert.equal(await clipboard(), `${log}#L1498`);
      await page.getByLabel('wrap').check();
      await page.waitForURL(`${log}?wrap=1#L1498`);
      await isInView(page, 'line 1498');
      await page.getByRole('button', { name: 'clear' }).click();
      await page.waitForURL(`${log}?wrap=1`);
      await page.context().close();
    },
  },
  {
    name: 'list: a filter is kept under a name, until it is removed',
    async run({ openPage, url, run }) {
      await run('true', { name: 'view-one', tags: { set: 'views' } });
      await run('true', { name: 'view-two', tags: { set: 'no-view' } });
      const page = await openPage();
      await page.goto(`${url}/ui/?tag=set%3Dviews`);
      await page.getByRole('button', { name: 'Save this filter' }).click();
      await page.getByLabel('Name of the view').fill('<b>mine</b>');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('link', { name: '<b>mine</b>' }).waitFor();
      await page.goto(`${url}/ui/`);
      await page.getByRole('link', { name: 'view-two' }).waitFor();
      await page.getByRole('link', { name: '<b>mine</b>' }).click();
      await page.waitForURL(`${url}/ui/?tag=set%3Dviews`);
      await page.getByRole('link', { name: 'view-two' }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'view-one' }).waitFor();
      await page.getByRole('button', { name: 'Remove the view <b>mine</b>' }).click();
      await page.getByRole('link', { name: '<b>mine</b>' }).waitFor({ state: 'detached' });
      await page.reload();
      await page.getByRole('button', { name: 'Save this filter' }).waitFor();
      assert.equal(await page.getByRole('link', { name: '<b>mine</b>' }).count(), 0);
      await page.context().close();
    },
  },
  {
    name: 'queue: an execution that waits shows how many are before it, and a failed one why',
    async run({ openPage, url, run, start, client }) {
      const failed = await run('exit 7', { name: 'says-why' });
      const page = await openPage();
      await page.goto(`${url}/ui/?name=says-why`);
      await page.locator('.reason', { hasText: 'code 7' }).waitFor();
      assert.match((await client.get(failed)).error ?? '', /code 7/);
      await client.pause();
      try {
        const first = await start('true', { name: 'waits-first' });
        const second = await start('true', { name: 'waits-second' });
        await page.goto(`${url}/ui/executions/${first}`);
        await page.getByText('none, it is next').waitFor();
        await page.getByText('The queue is paused').waitFor();
        await page.goto(`${url}/ui/executions/${second}`);
        await page.getByRole('region', { name: 'Queue' }).getByText('1', { exact: true }).waitFor();
        await client.resume();
        await page.getByRole('heading', { name: 'OK waits-second' }).waitFor();
      } finally {
        await client.resume();
      }
      await page.context().close();
    },
  },
  {
    name: 'images: are pulled and removed, one or all that nothing uses, after a question',
    async run({ openPage, url }) {
      const page = await openPage();
      const sent: string[] = [];
      const image = { references: ['alpine:3'], digest: `sha256:${'a'.repeat(64)}`, size_bytes: 1_000_000 };
      await page.route('**/v1/images**', (route) => {
        const { method, url: asked } = { method: route.request().method(), url: new URL(route.request().url()) };
        if (method !== 'GET') sent.push(`${method} ${asked.pathname} ${route.request().postData() ?? ''}`.trim());
        return route.fulfill({ json: { images: [image], reference: 'alpine:3', digest: image.digest } });
      });
      await page.goto(`${url}/ui/images`);
      await page.getByLabel('Pull an image').fill('alpine:3');
      await page.getByRole('button', { name: 'Pull', exact: true }).click();
      for (const [name, answer] of [
        ['Remove alpine:3', 'No'],
        ['Remove alpine:3', 'Remove'],
        ['Remove unused', 'Remove'],
      ] as const) {
        await page.getByRole('button', { name }).click();
        await page.getByRole('dialog').getByRole('button', { name: answer, exact: true }).click();
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await page.getByRole('button', { name: 'Pull', exact: true }).waitFor();
      }
      await page.waitForFunction('document.querySelector("button[type=submit]").disabled === false');
      assert.deepEqual(sent, [
        'POST /v1/images {"image":"alpine:3"}',
        'DELETE /v1/images/alpine%3A3',
        'POST /v1/images/prune {}',
      ]);
      await page.context().close();
    },
  },
  {
    name: 'response: is a tree that folds, and a text with every digit',
    async run({ openPage, url, run }) {
      const id = await run('echo \'{"n": 1.0, "long": 12345678901234567890}\' > /workspace/output/n.json', {
        output: { expected_files: ['./'] },
      });
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}/files?open=n.json`);
      await page.getByText('12345678901234567890').waitFor();
      await page.locator('.json-tree summary').first().click();
      await page.getByText('12345678901234567890').waitFor({ state: 'detached' });
      await page.getByLabel('as text').check();
      await page.locator('pre', { hasText: '"n": 1.0,' }).waitFor();
      await page.goto(`${url}/ui/executions/${id}/response`);
      await page.locator('.json-tree').getByText('"execution_id"').first().waitFor();
      await page.context().close();
    },
  },
  {
    name: 'keyboard: its single keys can be turned off, and on again with the mouse',
    async run({ openPage, url }) {
      const page = await openPage();
      await page.goto(`${url}/ui/queue`);
      await page.getByRole('heading', { name: 'Queue' }).waitFor();
      await page.keyboard.press('?');
      await page.getByLabel('use these keys').uncheck();
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.reload();
      await page.getByText('Agents take requests').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('n');
      await page.getByRole('button', { name: 'keyboard' }).click();
      assert.equal(page.url(), `${url}/ui/queue`);
      await page.getByLabel('use these keys').check();
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.keyboard.press('g');
      await page.keyboard.press('n');
      await page.waitForURL(`${url}/ui/new`);
      await page.context().close();
    },
  },
];
