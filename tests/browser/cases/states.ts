import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findViolations } from '../find-violations.ts';
import { operatorPaths } from '../pages.ts';
import type { BrowserCase } from '../run-cases.ts';
import { picturesVariable } from './look.ts';

const pages = { list: '', execution: 'executions/x', overview: 'overview', ...operatorPaths };
const api = '**/v1/**';
const problem = {
  status: 500,
  contentType: 'application/problem+json',
  body: JSON.stringify({ title: 'Error', status: 500, detail: 'The agent failed. Its log has the details.' }),
};
/** What every route returns that has nothing to list. */
const nothing = {
  executions: [],
  agents: [],
  images: [],
  services: [],
  entries: [],
  tokens: [],
  sessions: [],
  settings: [],
  states: {},
  codes: {},
  history: [],
  policy: {},
  paused: true,
  waiting: 0,
  delayed: 0,
  held: 0,
};

const shown = {
  loading: '.skeleton',
  error: '.problem',
  empty: '.empty, pre, .facts',
} as const;

type State = keyof typeof shown;

/** Lets the agent respond to the pages in that way. */
async function answerWith(page: Page, state: State): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  if (state === 'loading') await page.route(api, () => undefined);
  if (state === 'error') await page.route(api, (route) => route.fulfill(problem));
  if (state === 'empty')
    await page.route(api, (route) =>
      // The stream of events stays open without one.
      route.request().url().includes('/v1/events') ? undefined : route.fulfill({ json: nothing }),
    );
}

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 320, height: 640 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1200, height: 800 } },
] as const;

export const states: readonly BrowserCase[] = [
  {
    name: 'states: loading, empty and error are accessible (axe) and fit the screen on every page',
    async run({ openPage, url }, figures) {
      const pictures = process.env[picturesVariable];
      const inLook = async ({ name, ...options }: (typeof looks)[number]) => {
        const found: string[] = [];
        const page = await openPage(options);
        for (const state of ['loading', 'error', 'empty'] as const) {
          await answerWith(page, state);
          for (const [title, path] of Object.entries(pages)) {
            if (state === 'empty' && title === 'execution') continue;
            await page.goto(`${url}/ui/${path}`);
            await page.locator(shown[state]).first().waitFor();
            found.push(...(await findViolations(page, `${title} ${state} ${name}`)));
            if (pictures !== undefined)
              await page.screenshot({ path: join(pictures, `${title}-${state}-${name}.png`) });
          }
        }
        await page.context().close();
        return found;
      };
      const violations = (await Promise.all(looks.map(inLook))).flat();
      figures.axe_violations = (figures.axe_violations ?? 0) + violations.length;
      assert.deepEqual(violations, []);
    },
  },
  {
    name: 'states: without a connection a banner says so and the last rows stay; dialogs and the login are accessible',
    async run({ openPage, url, run, start, client }, figures) {
      await run('true', { name: 'stays' });
      const open = await start('sleep 1000', { name: 'stays' });
      const pictures = process.env[picturesVariable];
      const violations: string[] = [];
      for (const { name, ...options } of looks) {
        const page = await openPage(options);
        const check = async (title: string) => {
          violations.push(...(await findViolations(page, `${title} ${name}`)));
          if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${title}-${name}.png`) });
        };
        await page.goto(`${url}/ui/?name=stays`);
        const row = page.getByRole('link', { name: 'stays' }).first();
        await row.waitFor();
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
        await check('keyboard-help');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Cancel all' }).click();
        await page.getByRole('dialog').waitFor();
        await check('question');
        await page.getByRole('button', { name: 'No', exact: true }).click();
        await page.route('**/v1/events*', (route) => route.abort());
        await page.reload();
        await page.getByText('No connection since').waitFor();
        await row.waitFor();
        await page.getByRole('button', { name: 'Try now' }).waitFor();
        await check('offline');
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        await page.route('**/ui/session', (route) => route.fulfill({ ...problem, status: 401 }));
        await page.reload();
        await page.getByLabel('Token').waitFor();
        await check('login');
        await page.context().close();
      }
      await client.cancel(open);
      figures.axe_violations = (figures.axe_violations ?? 0) + violations.length;
      assert.deepEqual(violations, []);
    },
  },
];
