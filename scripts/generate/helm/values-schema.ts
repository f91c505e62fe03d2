import { z } from 'zod';
import type { GeneratedFile } from '../generated-file.ts';
import { chartDirectory } from './chart-directory.ts';
import { chartValues } from './chart-values.ts';
import { describeSettings } from './setting-schema.ts';

/** What Helm checks values with, before it changes anything. */
export function makeValuesSchema(): GeneratedFile {
  const { $schema, ...values } = z.toJSONSchema(chartValues, { io: 'input', target: 'draft-7' });
  const settings = {
    ...z.record(z.string(), z.unknown()).parse(values.properties?.settings),
    additionalProperties: false,
    properties: describeSettings(),
  };
  // A chart that depends on this one gives it its global values.
  const properties = { ...values.properties, settings, global: { type: 'object' } };
  const schema = { $schema, title: 'Values of the chart exec-agent', ...values, properties };
  return { path: `${chartDirectory}/values.schema.json`, text: `${JSON.stringify(schema, undefined, 2)}\n` };
}
