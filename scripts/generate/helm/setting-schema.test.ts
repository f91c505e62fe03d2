import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../../../src/agent/config/config-schema.ts';
import { chartSettings, describeSettings } from './setting-schema.ts';

const schemas = describeSettings();

/** The variable that the template makes of a value. */
function variableOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}=${each}`)
    .join(',');
}

const scalar = fc.oneof(
  fc.integer({ min: -2, max: 200_000_000 }),
  fc.double({ min: -1, max: 5000, noNaN: true }),
  fc.boolean(),
  fc.stringMatching(/^[0-9]{1,4}([.][0-9])?[bkmgtBKMGT]?i?[bB]?$/),
  fc.constantFrom(
    'auto',
    'off',
    'none',
    'open',
    'stop',
    'info',
    'own',
    'policy',
    '',
    'a',
    '*',
    '/a',
    'a=b',
    'a:NoSchedule',
  ),
);
const anyValue = fc.oneof(
  scalar,
  fc.array(scalar, { minLength: 1, maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b-1', '/x', 'A'), fc.constantFrom(1, 2.5, '3'), { maxKeys: 2 }),
);

// Their rules are more than JSON Schema says; the agent names the setting when it starts.
const judgedByAgent: readonly string[] = [
  'EXEC_INPUT_HOSTS',
  'EXEC_INPUT_FILES',
  'EXEC_PORTS',
  'EXEC_UPLOAD_HOSTS',
  'EXEC_OUTPUT_FILES',
  'EXEC_WEBHOOK_HOSTS',
];

test('values.schema.json: an agent accepts each setting that Helm accepts', () => {
  for (const { env, key } of chartSettings.filter((entry) => !judgedByAgent.includes(entry.env))) {
    const helm = z.fromJSONSchema(z.record(z.string(), z.json()).parse(schemas[env]));
    fc.assert(
      fc.property(anyValue, (value) => {
        if (!helm.safeParse(value).success) return;
        const judged = configSchema.safeParse({ [key]: variableOf(value) });
        expect(judged.success, `${env}=${JSON.stringify(value)}`).toBe(true);
      }),
      { numRuns: 200 },
    );
  }
});

test('values.schema.json: Helm accepts the default of each setting', () => {
  for (const { env, default: value } of chartSettings) {
    if (value === undefined) continue;
    const helm = z.fromJSONSchema(z.record(z.string(), z.json()).parse(schemas[env]));
    expect(helm.safeParse(value).success, `${env}=${JSON.stringify(value)}`).toBe(true);
  }
});

test('values.schema.json: has no setting that may hold a secret', () => {
  for (const name of ['REDIS_URL', 'EXEC_KUBE_KEY', 'MINIO_SECRET_KEY', 'EXEC_SERVICES', 'EXEC_TOKEN'])
    expect(Object.keys(schemas)).not.toContain(name);
});
