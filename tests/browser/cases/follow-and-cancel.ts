import assert from 'node:assert/strict';
import type { BrowserCase } from '../run-cases.ts';

export const followAndCancel: readonly BrowserCase[] = [
  {
    name: 'list: shows an execution as it is submitted, runs and ends, without a reload',
    async run({ openPage, url, start, client }) {
      const page = await openPage();
      await page.goto(`${url}/ui/`);
      await page.getByRole('heading', { name: 'Executions' }).waitFor();
      const id = await start('sleep 1', { name: 'appears' });
      const row = page.getByRole('row').filter({ hasText: 'appears' });
      await row.getByText('running').waitFor();
      await client.wait(id);
      await row.getByText('OK').waitFor();
    },
  },
  {
    name: 'filters: are in the address, and a filter that matches nothing can be cleared',
    async run({ openPage, url, run }) {
      await run('true', { name: 'wanted' });
      await run('true', { name: 'other' });
      const page = await openPage();
      await page.goto(`${url}/ui/?name=wanted`);
      await page.getByRole('link', { name: 'wanted' }).waitFor();
      assert.equal(await page.getByRole('link', { name: 'other' }).count(), 0);
      await page.getByLabel('Name').fill('nothing');
      await page.getByLabel('Name').press('Enter');
      await page.getByText('No execution matches the filter.').waitFor();
      assert.equal(page.url(), `${url}/ui/?name=nothing`);
      await page.getByRole('link', { name: 'Clear the filter' }).click();
      await page.getByRole('link', { name: 'other' }).waitFor();
    },
  },
  {
    name: 'log: follows a running container, and Cancel stops it',
    async run({ openPage, url, start, client }) {
      const id = await start('n=0; while true; do n=$((n + 1)); echo "tick $n"; sleep 0.1; done', { name: 'ticks' });
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}/log`);
      await page.getByText('tick 5', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Cancel it' }).click();
      await page.getByText('CANCELED').first().waitFor();
      assert.equal((await client.get(id)).code, 'CANCELED');
    },
  },
  {
    name: 'log: of a hundred thousand lines shows its end, finds a line, and has few elements',
    async run({ openPage, url, run }) {
      const id = await run('seq 1 100000', { name: 'long log' });
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}/log`);
      await page.getByText('100000', { exact: true }).last().waitFor();
      assert.ok((await page.locator('.line').count()) < 300);
      await page.getByRole('searchbox').fill('99998');
      await page.getByText('1 of').waitFor();
      assert.ok(page.url().includes('q=99998'));
    },
  },
  {
    name: 'log: loses no line and shows none twice while the agent is killed and started again',
    async run({ openPage, url, start, client, whileAgentIsAway }, figures) {
      const count = 60;
      const id = await start(`for n in $(seq 1 ${count}); do echo "line $n."; sleep 0.1; done`, { name: 'survives' });
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}/log`);
      await page.getByText('line 3.', { exact: true }).waitFor();
      const list = await openPage();
      await list.goto(`${url}/ui/?name=survives`);
      const row = list.getByRole('row').filter({ hasText: 'survives' });
      await row.getByText('running').waitFor();
      await whileAgentIsAway(() => page.getByText('No connection since').waitFor());
      const back = performance.now();
      await page.getByText('No connection since').waitFor({ state: 'hidden' });
      figures.reconnect_ms = Math.round(performance.now() - back);
      await client.wait(id);
      await row.getByText('OK').waitFor();
      await page.getByText(`line ${count}.`, { exact: true }).waitFor();
      await page.getByLabel('wrap').check();
      const shown = await page.locator('.line-text').allTextContents();
      const wanted = Array.from({ length: count }, (_, index) => `line ${index + 1}.`);
      figures.lost_lines = wanted.filter((line) => !shown.includes(line)).length;
      assert.deepEqual(shown, wanted);
    },
  },
  {
    name: 'new execution: runs what was written, and says what is wrong with it',
    async run({ openPage, url }) {
      const page = await openPage();
      await page.goto(`${url}/ui/new`);
      const editor = page.getByLabel('Request as JSON');
      await editor.fill('{"container": {"image": "host", "command": "echo"}}');
      await page.getByRole('button', { name: 'Run' }).click();
      await page.getByText('container.command').waitFor();
      await editor.fill('');
      await editor.pressSequentially('{"con');
      const fields = page.getByRole('group', { name: 'Fields that can be written here' });
      await fields.getByRole('button', { name: 'container' }).waitFor();
      await page.keyboard.press('Control+Space');
      await page.keyboard.press('Enter');
      assert.equal(await editor.inputValue(), '{"container": {}');
      await fields.getByRole('button', { name: 'image' }).waitFor();
      await editor.fill('{"container": {"image": "host", "command": ["echo", "from the page"]}}');
      await page.getByRole('button', { name: 'Run' }).click();
      await page.getByText('from the page', { exact: true }).waitFor();
    },
  },
  {
    name: 'run again: shows the request, and runs it with what was changed',
    async run({ openPage, url, run }) {
      const id = await run('echo first', { name: 'repeat' });
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}`);
      await page.getByRole('link', { name: 'Run again' }).click();
      const editor = page.getByLabel('Request as JSON');
      await editor.fill((await editor.inputValue()).replace('echo first', 'echo second'));
      await page.getByRole('button', { name: 'Run' }).click();
      await page.getByText('second', { exact: true }).waitFor();
      assert.notEqual(page.url(), `${url}/ui/executions/${id}/log`);
    },
  },
  {
    name: 'keyboard: is enough to find an execution and read its log',
    async run({ openPage, url, run }) {
      await run('echo by keyboard', { name: 'keys' });
      const page = await openPage();
      await page.goto(`${url}/ui/`);
      await page.getByRole('link', { name: 'keys' }).waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await page.keyboard.press('/');
      await page.locator('input:focus').waitFor();
      await page.keyboard.type('keys');
      // The list as it was before the filter shows the same link.
      const filtered = page.waitForResponse((response) => response.url().includes('prefix=keys'));
      await page.keyboard.press('Enter');
      await page.waitForURL(`${url}/ui/?prefix=keys`);
      await filtered;
      await page.evaluate('document.activeElement.blur()');
      await page.getByRole('link', { name: 'keys' }).waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'Summary' }).waitFor();
      await page.keyboard.press('l');
      await page.getByText('by keyboard', { exact: true }).waitFor();
    },
  },
];
