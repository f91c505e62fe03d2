import { z } from 'zod';
import { type ConfigEntry, configEntries, configSchema } from '../../../src/agent/config/config-schema.ts';
import { keepStandard } from '../json-schemas.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What the chart sets from other values, or what an agent in a cluster does not read. */
const ownSettings: readonly string[] = [
  'EXEC_RUNTIME',
  'EXEC_KUBE_NAMESPACE',
  'EXEC_KUBE_IMAGE',
  'EXEC_KUBE_ISOLATION',
  'EXEC_KUBE_CONTEXT',
  'KUBECONFIG',
  'EXEC_DATA_DIR',
  'EXEC_HTTP_HOST',
  'PORT',
  'EXEC_POLICY_FILE',
  'EXEC_REGISTRIES_FILE',
  'EXEC_SECRETS_DIR',
  'DOCKER_HOST',
];
const ownGroups: readonly string[] = ['Command line'];

/** The settings that `settings` of the chart takes: none that may hold a secret, and none that the chart makes. */
export const chartSettings: readonly ConfigEntry[] = configEntries.filter(
  ({ env, group, secret }) => !secret && !ownSettings.includes(env) && !ownGroups.includes(group),
);

const jsonSchema = z.record(z.string(), z.unknown());

/** JSON Schema of each setting by its variable, for values in YAML: a list is a list, and a flag is true or false. */
export function describeSettings(): Readonly<Record<string, JsonSchema>> {
  const { properties = {} } = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: keepStandard,
  });
  return Object.fromEntries(
    chartSettings.map((entry) => {
      const { description } = entry;
      return [entry.env, { description, ...valueSchema(entry, jsonSchema.parse(properties[entry.key])) }];
    }),
  );
}

// Helm knows no lookahead, and no flag for both cases of a letter.
const sizePattern = '^([0-9]*[1-9][0-9]*(\\.[0-9]+)?\\s*[bBkKmMgGtT]?|0\\.[1-9][0-9]*\\s*[kKmMgGtT])([iI]?[bB])?$';

function valueSchema({ key, isSize }: ConfigEntry, schema: Readonly<Record<string, unknown>>): JsonSchema {
  if (isSize) {
    const minimum = configSchema.safeParse({ [key]: 0 }).success ? 0 : 1;
    return { type: ['integer', 'string'], minimum, maximum: Number.MAX_SAFE_INTEGER, pattern: sizePattern };
  }
  const alternatives = z.array(jsonSchema).safeParse(schema.anyOf).data ?? [];
  const kind = alternatives.find(({ type }) => type === 'array' || type === 'object');
  if (kind?.type === 'array') return { type: 'array', items: itemSchema(kind.items) };
  if (kind !== undefined) return kind;
  if (JSON.stringify(schema.type) === '["boolean","string"]') return { type: 'boolean' };
  const { default: _, env: _env, group: _group, secret: _secret, description: _description, ...rest } = schema;
  return rest;
}

/** JSON Schema compares no number with a pattern. */
function itemSchema(items: unknown): JsonSchema {
  const schema = jsonSchema.parse(items);
  return schema.pattern === undefined ? schema : { ...schema, type: 'string' };
}
