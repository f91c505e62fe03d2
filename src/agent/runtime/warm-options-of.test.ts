import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../config/config-schema.ts';
import { memoryFacts, warmOptionsOf, warmPodsOf } from './warm-options-of.ts';

const GiB = 1024 ** 3;

const optionsOf = (settings: object, available = 8 * GiB) =>
  warmOptionsOf(configSchema.parse({ concurrency: 7, minFreeMemory: '1g', ...settings }), {
    total: 16 * GiB,
    available: async () => available,
  });

describe('EXEC_WARM_CONTAINERS', () => {
  test('EXEC_WARM_CONTAINERS: a number is a maximum, within EXEC_WARM_MEMORY', () => {
    expect(optionsOf({ warmContainers: '3', warmMemory: '1g' })).toMatchObject({ count: 3, memoryBytes: GiB });
    expect(optionsOf({ warmContainers: 0 })).toMatchObject({ count: 0 });
  });

  test('EXEC_WARM_CONTAINERS: the default is auto: as many as run at once, within a quarter of the memory', () => {
    expect(optionsOf({})).toMatchObject({ count: 7, memoryBytes: 4 * GiB });
    expect(optionsOf({ warmContainers: 'auto', warmMemory: '2g' })).toMatchObject({ count: 7, memoryBytes: 2 * GiB });
  });

  test('EXEC_WARM_CONTAINERS: with Kubernetes, pods wait only if that is asked for', () => {
    const podsOf = (settings: object) =>
      warmPodsOf(configSchema.parse({ runtime: 'kubernetes', concurrency: 7, ...settings }));
    expect(podsOf({})).toMatchObject({ count: 0, memoryBytes: GiB });
    expect(podsOf({ warmContainers: 'auto', warmMemory: '2g' })).toMatchObject({ count: 7, memoryBytes: 2 * GiB });
    expect(podsOf({ warmContainers: '3' })).toMatchObject({ count: 3, memoryBytes: GiB });
  });

  test('EXEC_WARM_CONTAINERS: another word is refused with what is allowed', () => {
    expect(() => optionsOf({ warmContainers: 'many' })).toThrow(/auto, or a whole number from 0 to 1024/);
  });

  test('EXEC_WARM_CONTAINERS: never so many that less than EXEC_MIN_FREE_MEMORY is left, with auto no more than half', async () => {
    const size = fc.integer({ min: 0, max: 32 * GiB });
    await fc.assert(
      fc.asyncProperty(size, size, fc.constantFrom('auto', '5'), async (available, bytes, warmContainers) => {
        const fits = await optionsOf({ warmContainers }, available).hasMemory(bytes);
        expect(fits).toBe(available - bytes >= GiB && (warmContainers !== 'auto' || 2 * bytes <= available));
      }),
    );
  });

  test('EXEC_WARM_CONTAINERS: the memory that counts is that of the host, or of the cgroup of the agent', async () => {
    const { total, available } = memoryFacts();
    expect(total).toBeGreaterThan(0);
    expect(await available()).toBeGreaterThan(0);
    expect(await available()).toBeLessThanOrEqual(total);
  });
});
