import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { worstGraphs } from '../../../tests/executions/worst-graphs.ts';
import { createGraphSettler, type GraphSettlerOptions } from './create-graph-settler.ts';
import { type SettledGraph, settleGraph } from './settle-graph.ts';

const MiB = 1024 ** 2;
// EXEC_MESSAGE_MAX, which is also the largest graph that is read.
const largest = 8 * MiB;
const secrets = [Buffer.from('hush-hush'), Buffer.from('1"2')];

describe('createGraphSettler', () => {
  let directory = '';
  let threadFile = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'graphs-'));
    threadFile = join(directory, 'thread.mjs');
    const entry = join(dirname(fileURLToPath(import.meta.url)), 'graph-thread.ts');
    await build({ entryPoints: [entry], outfile: threadFile, bundle: true, format: 'esm', platform: 'node' });
    await stop();
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** How often the event loop turned while the graph was settled. */
  async function turnsFor(bytes: Buffer, options: GraphSettlerOptions) {
    const { settle, close } = createGraphSettler(options);
    try {
      let over = false;
      const settling = settle({ bytes, secrets }).finally(() => {
        over = true;
      });
      let turns = 0;
      for (; !over; turns += 1) await nextTurn();
      return { turns, settled: await settling };
    } finally {
      await close();
    }
  }

  test.each([
    'escaped texts',
    'names',
    'nodes',
  ])('the largest graph: the event loop turns while %s are checked', async (name) => {
    const { turns, settled } = await turnsFor(worstGraph(name, largest), { threadFile });
    expect(settled.problem).toBeUndefined();
    expect(turns).toBeGreaterThan(100);
  });

  test.each(Object.keys(worstGraphs))('a thread gives the same result: %s', async (name) => {
    const bytes = worstGraph(name, 100_000);
    const { settled } = await turnsFor(bytes, { threadFile });
    expect(isSame(settled, settleGraph({ bytes, secrets }))).toBe(true);
  });

  test('a graph that needs too much memory has a problem, and the next one is settled', async () => {
    const { settle, close } = createGraphSettler({ threadFile, memoryMiB: 48 });
    try {
      const order = (bytes: Buffer) => ({ bytes, secrets: [] });
      const [bad, good] = await Promise.all([
        settle(order(worstGraph('unusual numbers', largest))),
        settle(order(worstGraph('long texts', 100_000))),
      ]);
      expect(bad.problem).toContain('could not be checked');
      expect(good.problem).toBeUndefined();
    } finally {
      await close();
    }
  });

  test('close: a graph that is not settled yet has a problem', async () => {
    const { settle, close } = createGraphSettler({ threadFile });
    const settling = settle({ bytes: worstGraph('unusual numbers', largest), secrets });
    await close();
    expect((await settling).problem).toContain('stopping');
  });
});

function worstGraph(name: string, bytes: number): Buffer {
  return Buffer.from(worstGraphs[name]?.(bytes) ?? expect.fail(`there is no graph of ${name}`));
}

/** Compared as text: expect would print megabytes. */
function isSame(one: SettledGraph, other: SettledGraph): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
