import { expect, test } from 'vitest';
import { configEntries, configSchema } from './config-schema.ts';
import { listSettings } from './list-settings.ts';

test('list of settings: has every setting, and no value of one that may hold a secret', () => {
  const secret = 'never-shown';
  const config = configSchema.parse({
    redisUrl: `redis://:${secret}@h`,
    aiKey: secret,
    concurrency: 3,
    otlpEndpoint: `http://me:${secret}@collector:4318`,
  });
  const settings = listSettings(config);
  expect(settings).toHaveLength(configEntries.length);
  expect(JSON.stringify(settings)).not.toContain(secret);
  expect(settings.find(({ key }) => key === 'otlpEndpoint')).toMatchObject({ value: 'http://…@collector:4318' });
  expect(settings.find(({ key }) => key === 'aiKey')).toMatchObject({ is_changed: true, secret: true });
  expect(settings.find(({ key }) => key === 'concurrency')).toMatchObject({ value: 3, is_changed: true });
  expect(settings.find(({ key }) => key === 'logLevel')).toMatchObject({ value: 'info', is_changed: false });
});
