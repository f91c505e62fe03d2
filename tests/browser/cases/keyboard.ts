import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { pageContent, preparePages } from '../pages.ts';
import type { BrowserCase } from '../run-cases.ts';

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 320, height: 640 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 390, height: 800 } },
] as const;

const stopSchema = z.object({
  /** `end`: nothing has the focus; `again`: an element that had it before. */
  kind: z.enum(['new', 'again', 'end']),
  html: z.string(),
  isMarked: z.boolean(),
  isInView: z.boolean(),
});

/** Runs in the page: what has the focus, whether that can be seen, and whether it had it before. */
const lookAtFocus = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return { kind: 'end', html: '', isMarked: true, isInView: true };
  const style = getComputedStyle(element);
  const { top, left, bottom, right } = element.getBoundingClientRect();
  const kind = element.dataset.stopped === undefined ? 'new' : 'again';
  element.dataset.stopped = '';
  return {
    kind,
    html: element.outerHTML.slice(0, 120),
    isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    isInView: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
  };
})()`;

/** Runs in the page: what Tab leads to and has not had the focus. Numbers of log lines are reached with the key y instead. */
const lookForMissed = `[...document.querySelectorAll('a[href]:not([tabindex="-1"]), button, input, select, textarea, [tabindex="0"]')]
  .filter((element) => !element.disabled && element.dataset.stopped === undefined && element.checkVisibility({ visibilityProperty: true }))
  .map((element) => element.outerHTML.slice(0, 120))`;

/** Runs in the page: asks the next question before the dialog of the one before has reported that it is closed. */
const closeAndAskAgain = `(() => {
  document.querySelector('dialog').close();
  document.dispatchEvent(new KeyboardEvent('keydown', { key: 'c' }));
})()`;

const mostStops = 400;

/** Walks through a page with Tab alone. @returns what is wrong with the way */
async function walk(page: Page): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let stops = 0; stops < mostStops; stops += 1) {
    await page.keyboard.press('Tab');
    const { kind, html, isMarked, isInView } = stopSchema.parse(await page.evaluate(lookAtFocus));
    if (kind !== 'new') {
      const missed = z.array(z.string()).parse(await page.evaluate(lookForMissed));
      return [...problems, ...missed.map((each) => `is not reached with Tab: ${each}`)];
    }
    if (!isMarked) problems.push(`has no visible focus: ${html}`);
    if (!isInView) problems.push(`is out of view with the focus: ${html}`);
  }
  return [...problems, `Tab comes to no end after ${mostStops} stops`];
}

/** Presses a key until that has the focus. */
async function tabTo(page: Page, selector: string, key = 'Tab'): Promise<void> {
  const target = page.locator(selector).first();
  await target.waitFor();
  for (let stops = 0; stops < mostStops; stops += 1) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${selector} is not reached with ${key}`);
}

export const keyboard: readonly BrowserCase[] = [
  {
    name: 'keyboard: Tab reaches everything on every page, with a visible focus and without traps',
    async run(world) {
      const { openPage, url, client } = world;
      const { paths, running } = await preparePages(world);
      const inLook = async ({ name, ...options }: (typeof looks)[number]) => {
        const found: string[] = [];
        const page = await openPage(options);
        for (const [title, path] of Object.entries(paths)) {
          await page.goto(`${url}/ui/${path}`);
          await page.locator(pageContent).first().waitFor();
          found.push(...(await walk(page)).map((problem) => `${title} ${name}: ${problem}`));
        }
        await page.context().close();
        return found;
      };
      const problems = (await Promise.all(looks.map(inLook))).flat();
      await client.cancel(running);
      assert.deepEqual(problems, []);
    },
  },
  {
    name: 'keyboard: runs, cancels, runs again, deletes and filters executions, and dialogs return the focus',
    async run({ openPage, url, start, client }) {
      const page = await openPage({ viewport: { width: 390, height: 800 } });
      const inDialog = () => page.evaluate<boolean>('document.activeElement.closest("dialog[open]") !== null');
      await page.goto(`${url}/ui/new`);
      await tabTo(page, 'textarea');
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText('{"container": {"image": "host", "command": ["sleep", "1000"]}, "name": "typed"}');
      await tabTo(page, 'button:has-text("Check")');
      await page.keyboard.press('Space');
      await page.getByText('The policy admits this request.').waitFor();
      await tabTo(page, 'button:has-text("Run")', 'Shift+Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/executions\/.*\/log$/);
      const id = /executions\/([^/]+)/.exec(page.url())?.[1] ?? '';
      // The page takes the focus a moment after its address.
      await page.locator('main:focus').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).waitFor();

      await tabTo(page, 'button:has-text("Cancel")');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      for (let stops = 0; stops < 5; stops += 1) {
        await page.keyboard.press('Tab');
        const isBody = await page.evaluate<boolean>('document.activeElement === document.body');
        assert.ok(isBody || (await inDialog()), 'Tab leaves the dialog');
      }
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.locator('button.danger:focus').waitFor();
      await page.keyboard.press('c');
      await page.getByRole('dialog').waitFor();
      await page.evaluate(closeAndAskAgain);
      await page.getByRole('dialog').waitFor();
      await tabTo(page, 'dialog button.danger');
      await page.keyboard.press('Enter');
      assert.equal((await client.wait(id)).error_code, 'CANCELED');
      await page.locator('h1', { hasText: 'CANCELED' }).waitFor();

      await page.keyboard.press('a');
      await page.waitForURL(`${url}/ui/new?from=${id}`);
      await page.goto(`${url}/ui/executions/${id}`);
      await tabTo(page, 'button:has-text("Delete")');
      await page.keyboard.press('Enter');
      await tabTo(page, 'dialog button.danger');
      await page.keyboard.press('Space');
      await page.waitForURL(`${url}/ui/`);
      assert.equal((await fetch(`${url}/v1/executions/${id}`)).status, 404);

      const open = await start('sleep 1000', { name: 'open one' });
      await page.goto(`${url}/ui/`);
      await page.getByRole('link', { name: 'open one' }).waitFor();
      await page.keyboard.press('/');
      await page.locator('input:focus').waitFor();
      await page.keyboard.type('open one');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${url}/ui/?prefix=open+one`);
      await tabTo(page, 'select');
      await page.keyboard.press('ArrowDown');
      await page.waitForURL(/last=1h/);
      await tabTo(page, 'button:has-text("Cancel all")', 'Shift+Tab');
      await page.keyboard.press('Enter');
      await tabTo(page, 'dialog button.danger');
      await page.keyboard.press('Enter');
      assert.equal((await client.wait(open)).error_code, 'CANCELED');
      await tabTo(page, '[data-row]');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${url}/ui/executions/${open}`);
      await page.locator('main:focus').waitFor();
      await page.context().close();
    },
  },
  {
    name: 'keyboard: pauses the queue, tests the policy, and opens files and nodes',
    async run(world) {
      const { openPage, url, client } = world;
      const { paths, running } = await preparePages(world);
      const page = await openPage({ viewport: { width: 320, height: 640 } });
      const isPaused = async () => (await client.queue()).paused;
      await page.goto(`${url}/ui/queue`);
      await tabTo(page, 'main button:has-text("Pause")');
      await page.keyboard.press('Enter');
      await page.getByText('The queue is paused').waitFor();
      assert.ok(await isPaused());
      await tabTo(page, 'main button:has-text("Resume")');
      await page.keyboard.press('Space');
      await page.getByText('Agents take requests').waitFor();
      assert.ok(!(await isPaused()));

      await page.goto(`${url}/ui/policy`);
      await tabTo(page, 'button:has-text("Test")');
      await page.keyboard.press('Enter');
      await page.getByText('The policy admits this request.').waitFor();

      await page.goto(`${url}/ui/${paths.files?.split('?')[0]}`);
      await tabTo(page, 'button.link:has-text("n.json")');
      await page.keyboard.press('Enter');
      await page.getByRole('region', { name: 'Preview of n.json' }).waitFor();

      await page.goto(`${url}/ui/${paths.graph?.split('?')[0]}`);
      await tabTo(page, '[data-row]:has-text("3")');
      await page.keyboard.press('Enter');
      await page.waitForURL(/node=3/);

      await page.goto(`${url}/ui/${paths.log}`);
      await page.getByLabel('wrap').waitFor();
      await page.keyboard.press('w');
      await page.waitForURL(/wrap=1/);
      await tabTo(page, 'select');
      await page.keyboard.press('ArrowDown');
      await page.waitForURL(/stream=stdout/);
      await page.keyboard.press('Tab');
      await client.cancel(running);
      await page.context().close();
    },
  },
];
