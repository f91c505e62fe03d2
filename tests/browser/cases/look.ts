import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserCase } from '../run-cases.ts';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
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
    async run({ openPage, url, run, start, client }, figures) {
      const script =
        'echo out; echo err >&2; cd /workspace/output; echo a,b > t.csv; echo \'{"n": 1.0}\' > n.json; exit 3';
      const failed = await run(script, { name: 'report', tags: { team: 'data' }, output: { expected_files: ['./'] } });
      const graph = {
        nodes: [1, 2, 3].map((id) => ({ id: String(id), labels: ['Thing'], properties: { name: `thing ${id}` } })),
        relationships: [
          { source: '1', target: '2', type: 'KNOWS' },
          { source: '2', target: '3', type: 'KNOWS' },
        ],
      };
      const graphed = await run('cp /workspace/input/graph_data.json /workspace/output/graph_update.json', {
        name: 'graph',
        input: { graph_data: graph },
        output: { graph_update: true },
      });
      const running = await start('echo started; sleep 100', { name: 'runs' });
      const pictures = process.env[picturesVariable];
      if (pictures !== undefined) await mkdir(pictures, { recursive: true });
      const paths = {
        list: '',
        none: '?name=nothing',
        summary: `executions/${failed}`,
        log: `executions/${failed}/log`,
        files: `executions/${failed}/files?open=t.csv`,
        response: `executions/${failed}/response`,
        running: `executions/${running}/log`,
        graph: `executions/${graphed}/graph?node=2`,
        missing: 'executions/none',
        new: 'new',
        agents: 'agents',
        overview: 'overview',
        queue: 'queue',
        images: 'images',
        audit: 'audit',
        policy: 'policy',
        tokens: 'tokens',
        settings: 'settings',
      };
      const violations: string[] = [];
      for (const { name, ...options } of looks) {
        const page = await openPage(options);
        for (const [title, path] of Object.entries(paths)) {
          await page.goto(`${url}/ui/${path}`);
          await page.locator('.rows, .empty, .line, .facts, pre, textarea').first().waitFor();
          const { violations: found } = await new AxeBuilder({ page }).withTags(rules).analyze();
          violations.push(
            ...found.flatMap(({ id, nodes }) => nodes.map((node) => `${title} ${name}: ${id} ${node.html}`)),
          );
          const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
          if (overflow > 0) violations.push(`${title} ${name}: ${overflow} px too wide`);
          if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${title}-${name}.png`) });
        }
        await page.context().close();
      }
      await client.cancel(running);
      figures.axe_violations = violations.length;
      assert.deepEqual(violations, []);
    },
  },
];
