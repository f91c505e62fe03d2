import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { configSchema } from './config-schema.ts';
import { policyBase } from './derive-limits.ts';

const config = configSchema.parse({});

test('policy base: the CPUs of this host are the maximum only where containers run on it', () => {
  expect(policyBase(config).maxima.cpus).toBe(availableParallelism());
  expect(policyBase(config, 'cluster').maxima.cpus).toBe(1024);
  expect(policyBase(configSchema.parse({ cpusMax: 3 }), 'cluster').maxima.cpus).toBe(3);
});
