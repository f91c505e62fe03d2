import { describe, expect, test } from 'vitest';
import { configSchema } from '../config/config-schema.ts';
import { warmOptionsOf } from './warm-options-of.ts';

const optionsOf = (warmContainers: string | number) =>
  warmOptionsOf(configSchema.parse({ warmContainers, concurrency: 7, warmMemory: '1g' }));

describe('EXEC_WARM_CONTAINERS', () => {
  test('EXEC_WARM_CONTAINERS: a number is that many, within EXEC_WARM_MEMORY', () => {
    expect(optionsOf('3')).toMatchObject({ count: 3, memoryBytes: 1024 ** 3 });
    expect(optionsOf(0)).toMatchObject({ count: 0 });
  });

  test('EXEC_WARM_CONTAINERS: auto is as many as run at once, within a quarter of the memory of the host', () => {
    const { count, memoryBytes } = optionsOf('auto');
    expect(count).toBe(7);
    expect(memoryBytes).toBeGreaterThanOrEqual(1024 ** 3);
  });

  test('EXEC_WARM_CONTAINERS: another word is refused with what is allowed', () => {
    expect(() => optionsOf('many')).toThrow(/auto, or a whole number from 0 to 1024/);
  });
});
