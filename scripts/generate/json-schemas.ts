import { z } from 'zod';
import { taskSchema } from '../../src/gateways/tes/task/task-schema.ts';
import { executionRequestSchema } from '../../src/wire/request/request.ts';
import { executionResponseSchema } from '../../src/wire/response/response.ts';
import type { GeneratedFile } from './generated-file.ts';

/** The messages as JSON Schema, for those who write them in other languages. */
export function makeJsonSchemas(): readonly GeneratedFile[] {
  return [
    makeJsonSchema('request', 'Exec Agent request', executionRequestSchema),
    makeJsonSchema('tes-task', 'Task of GA4GH TES 1.1, as Exec Agent accepts it', taskSchema),
    makeJsonSchema('response', 'Exec Agent response', executionResponseSchema),
  ];
}

function makeJsonSchema(name: string, title: string, schema: z.ZodType): GeneratedFile {
  // The input side: fields that a later version adds are no error to those who validate with this one.
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', override: keepStandard });
  const document = { $schema, $id: `urn:exec-agent:schema:${name}`, title, ...rest };
  return { path: `schema/${name}.schema.json`, text: `${JSON.stringify(document, undefined, 2)}\n` };
}

/** Leaves out what only zod means something by. */
export function keepStandard({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  // `pattern` says the same.
  if (jsonSchema.format === 'starts_with') delete jsonSchema.format;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
