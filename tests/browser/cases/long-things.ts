import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import type { BrowserCase } from '../run-cases.ts';

const rows = 50_000;
const logLines = 1_300_000;
// No page needs as many elements, however long what it shows is.
const mostRowElements = 150;

export const longThings: readonly BrowserCase[] = [
  {
    name: 'list: of fifty thousand executions is read to its end, with few elements at any time',
    async run({ openPage, url, run, seed }, figures) {
      const id = await run('true', { name: 'many of them', tags: { team: 'data' } });
      await seed.cloneExecution(id, rows - 1);
      const page = await openPage();
      await page.goto(`${url}/ui/?name=many%20of%20them`);
      await page.getByRole('link', { name: 'many of them' }).first().waitFor();
      const { mostElements } = readSchema.parse(await page.evaluate(scrollToEnd));
      const work = await openWork(page);
      const before = await work();
      const { frames, slow } = scrolledSchema.parse(await page.evaluate(scrollBack));
      figures.list_frame_ms = Math.round(((await work()) - before) / frames / 100) / 10;
      assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), String(rows + 1));
      assert.ok(mostElements < mostRowElements, `${mostElements} rows are elements`);
      figures.list_rows = rows;
      figures.slow_frames_percent = Math.round((slow / frames) * 1000) / 10;
      figures.list_heap_mb = await heapOf(page);
    },
  },
  {
    name: 'log: of a hundred megabytes shows its end at once, and the agent finds its last line',
    async run({ openPage, url, run, seed }, figures) {
      const id = await run('seq 1 500000', { name: 'large log' });
      figures.log_bytes = await seed.replaceLog(id, logLines);
      const page = await openPage();
      await page.goto(`${url}/ui/executions/${id}`);
      await page.getByRole('link', { name: 'Log' }).waitFor();
      const opened = performance.now();
      await page.keyboard.press('l');
      await page.getByText(`line ${logLines} x`).waitFor();
      figures.log_first_screen_ms = Math.round(performance.now() - opened);
      figures.log_heap_mb = await heapOf(page);
      assert.equal(await page.locator('.line .number').last().textContent(), String(logLines));
      const searched = performance.now();
      const field = page.getByPlaceholder('find in the whole log');
      await field.fill(`line ${logLines - 1} `);
      await field.press('Enter');
      await page.locator('.marked', { hasText: `line ${logLines - 1} ` }).waitFor();
      figures.search_100mb_ms = Math.round(performance.now() - searched);
    },
  },
];

/** Megabytes of JavaScript that are in use. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return Math.round(usedSize / 100_000) / 10;
}

/** Processor time of the main thread of the page, in microseconds: it does not grow because others use the processor. */
async function openWork(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000_000;
  };
}

/** Runs in the page: scrolls until all rows were read. */
const scrollToEnd = `(async () => {
  const table = document.querySelector('table');
  const picture = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let mostElements = 0;
  const scroll = (by) => {
    scrollBy(0, by);
    mostElements = Math.max(mostElements, table.querySelectorAll('tr').length);
  };
  const isRead = () => Number(table.getAttribute('aria-rowcount')) === ${rows + 1};
  const isAtEnd = () => scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
  while (!isRead() || !isAtEnd()) {
    await picture();
    scroll(2500);
  }
  return { mostElements };
})()`;

/** Runs in the page: scrolls back for a while, and counts the pictures that took long. */
const scrollBack = `(async () => {
  const picture = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await picture();
  let [slow, last] = [0, performance.now()];
  const frames = 300;
  for (let frame = 0; frame < frames; frame += 1) {
    scrollBy(0, -300);
    await picture();
    const now = performance.now();
    if (now - last > 50) slow += 1;
    last = now;
  }
  return { frames, slow };
})()`;

const readSchema = z.object({ mostElements: z.number() });
const scrolledSchema = z.object({ frames: z.number(), slow: z.number() });
