import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { keepStandard } from './json-schemas.ts';

/** Schemas that are described once and referred to by name. */
export type NamedSchemas = ReadonlyMap<z.core.$ZodType, string>;

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The schema of a route with JSON Schema in place of zod's. */
export function describeRoute(
  { params, querystring, headers, body, response, ...rest }: FastifySchema,
  named: NamedSchemas,
) {
  const parts = Object.entries({ params, querystring, headers, body }).filter(([, schema]) => schema !== undefined);
  const inputs = parts.map(([part, schema]) => [part, describe(schema, 'input', named)] as const);
  return {
    ...rest,
    ...Object.fromEntries(inputs),
    ...(response === undefined ? {} : { response: describeAnswers(response, named) }),
  };
}

/** What the names stand for. */
export function describeSchemas(named: NamedSchemas): Record<string, JsonSchema> {
  const entries = [...named].map(([schema, name]) => [name, toJsonSchema(schema, 'input', named)] as const);
  return Object.fromEntries(entries);
}

const answerSchema = z.object({
  description: z.string(),
  content: z.record(z.string(), z.object({ schema: z.unknown() })),
});

function describeAnswers(response: unknown, named: NamedSchemas) {
  const answers = Object.entries(z.record(z.string(), z.unknown()).parse(response));
  return Object.fromEntries(
    answers.map(([status, answer]) => {
      if (answer instanceof z.ZodType) return [status, describe(answer, 'output', named)];
      const { description, content } = answerSchema.parse(answer);
      const described = Object.entries(content).map(([type, { schema }]) => [
        type,
        { schema: describe(schema, 'output', named) },
      ]);
      return [status, { description, content: Object.fromEntries(described) }];
    }),
  );
}

function describe(schema: unknown, io: 'input' | 'output', named: NamedSchemas): JsonSchema {
  if (!(schema instanceof z.core.$ZodType)) throw new Error('a route is described by zod schemas');
  const name = named.get(schema);
  return name === undefined ? toJsonSchema(schema, io, named) : { $ref: `#/components/schemas/${name}` };
}

function toJsonSchema(schema: z.core.$ZodType, io: 'input' | 'output', named: NamedSchemas): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override(context) {
      const name = context.zodSchema === schema ? undefined : named.get(context.zodSchema);
      if (name === undefined) return keepStandard(context);
      for (const key of Object.keys(context.jsonSchema)) delete context.jsonSchema[key];
      context.jsonSchema.$ref = `#/components/schemas/${name}`;
    },
  });
  return json;
}
