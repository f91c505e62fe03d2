import { EventEmitter, once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { createSilentLogger } from '../../telemetry/log.ts';
import { createNamespacePool, type NamespacePoolOptions } from './namespace-pool.ts';

interface Made {
  readonly id: number;
  removed: boolean;
  remove(): Promise<void>;
}

const { signal } = new AbortController();

function openPool(options: Partial<NamespacePoolOptions<Made>> = {}) {
  const all: Made[] = [];
  const make = async (): Promise<Made> => {
    const made: Made = {
      id: all.length,
      removed: false,
      async remove() {
        made.removed = true;
      },
    };
    all.push(made);
    return made;
  };
  const defaults = { make, size: 2, makeAtOnce: 1, retryMs: 1, keepIdleMs: 60_000, logger: createSilentLogger() };
  return { all, pool: createNamespacePool({ ...defaults, ...options }) };
}

describe('a pool of namespaces', () => {
  it('makes nothing before the first is taken, then keeps some ready', async () => {
    const { all, pool } = openPool();
    expect(all).toHaveLength(0);
    await pool.take(signal);
    await vi.waitFor(() => expect(pool.counts().ready).toBe(2));
    expect(all).toHaveLength(3);
    await pool.take(signal);
    expect(pool.counts()).toMatchObject({ takenReady: 1, waitedFor: 1 });
    await pool.close();
  });

  it('never gives one twice', async () => {
    const { pool } = openPool();
    const taken = await Promise.all(Array.from({ length: 20 }, () => pool.take(new AbortController().signal)));
    expect(new Set(taken.map(({ id }) => id)).size).toBe(20);
    await pool.close();
  });

  it('gives one that was made elsewhere to the next, and keeps none where none are to be ready', async () => {
    const { all: elsewhere, pool: maker } = openPool();
    const [first, second] = [await maker.take(signal), await maker.take(signal)];
    const { pool } = openPool();
    pool.put(first);
    expect(await pool.take(signal)).toBe(first);
    const { pool: empty } = openPool({ size: 0 });
    empty.put(second);
    expect([empty.counts().ready, second.removed]).toEqual([0, true]);
    await Promise.all([maker, pool, empty].map((each) => each.close()));
    expect(elsewhere.filter(({ removed }) => !removed)).toEqual([first]);
  });

  it('removes what is ready when it closes, and leaves alone what was taken', async () => {
    const { all, pool } = openPool();
    const taken = await pool.take(signal);
    await vi.waitFor(() => expect(pool.counts().ready).toBe(2));
    await pool.close();
    expect(all.filter(({ removed }) => !removed)).toEqual([taken]);
    await expect(pool.take(signal)).rejects.toThrow('The agent is stopping.');
  });

  it('tells who waits why none can be made, and tries again for the next', async () => {
    let attempts = 0;
    const { pool } = openPool({
      size: 0,
      make: async () => {
        if (++attempts === 1) throw new Error('no room');
        return { id: attempts, removed: false, remove: async () => undefined };
      },
    });
    await expect(pool.take(signal)).rejects.toThrow('no room');
    expect((await pool.take(signal)).id).toBe(2);
    await pool.close();
  });

  it('removes what came too late for its taker, or for the pool', async () => {
    const made = new EventEmitter();
    const make = async (): Promise<Made> => {
      await once(made, 'done');
      return late;
    };
    let isRemoved = false;
    const remove = async (): Promise<void> => {
      isRemoved = true;
    };
    const late: Made = { id: 1, removed: false, remove };
    const { pool } = openPool({ size: 0, make });
    const controller = new AbortController();
    const waiting = pool.take(controller.signal);
    await vi.waitFor(() => expect(made.listenerCount('done')).toBe(1));
    controller.abort(new Error('canceled'));
    await expect(waiting).rejects.toThrow('canceled');
    const closing = pool.close();
    made.emit('done');
    await closing;
    expect(isRemoved).toBe(true);
  });

  it('passes over one that has become unusable', async () => {
    const { all, pool } = openPool({ isUsable: async ({ id }) => id !== 1 });
    await pool.take(signal);
    await vi.waitFor(() => expect(pool.counts().ready).toBe(2));
    expect((await pool.take(signal)).id).toBe(2);
    await vi.waitFor(() => expect(all[1]?.removed).toBe(true));
    await pool.close();
  });

  it('removes what has not been used for a while', async () => {
    const { all, pool } = openPool({ keepIdleMs: 20 });
    const taken = await pool.take(signal);
    await vi.waitFor(() => expect(all.filter(({ removed }) => !removed)).toEqual([taken]));
    await pool.close();
  });
});
