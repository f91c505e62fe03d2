import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findViolations } from '../find-violations.ts';
import { pageContent, preparePages } from '../pages.ts';
import type { BrowserCase } from '../run-cases.ts';

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1200, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1200, height: 800 } },
  { name: 'phone', colorScheme: 'dark', viewport: { width: 390, height: 800 } },
  { name: 'small-phone', colorScheme: 'light', viewport: { width: 320, height: 640 } },
] as const;

/** Where the pictures of the pages go, for people to look at. */
export const picturesVariable = 'EXEC_TEST_PICTURES';

export const look: readonly BrowserCase[] = [
  {
    name: 'pages: are accessible (axe), fit the screen, in both themes and on phones',
    async run(world, figures) {
      const { openPage, url, client } = world;
      const { paths, running } = await preparePages(world);
      const pictures = process.env[picturesVariable];
      if (pictures !== undefined) await mkdir(pictures, { recursive: true });
      const inLook = async ({ name, ...options }: (typeof looks)[number]) => {
        const found: string[] = [];
        const page = await openPage(options);
        for (const [title, path] of Object.entries(paths)) {
          await page.goto(`${url}/ui/${path}`);
          await page.locator(pageContent).first().waitFor();
          found.push(...(await findViolations(page, `${title} ${name}`)));
          if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${title}-${name}.png`) });
        }
        await page.context().close();
        return found;
      };
      const violations = (await Promise.all(looks.map(inLook))).flat();
      await client.cancel(running);
      figures.axe_violations = (figures.axe_violations ?? 0) + violations.length;
      assert.deepEqual(violations, []);
    },
  },
];
