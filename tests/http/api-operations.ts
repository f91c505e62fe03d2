import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        security: z.array(z.unknown()),
        parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
      }),
    ),
  ),
});

export interface ApiOperation {
  readonly method: string;
  /** With `{id}` and `{name}` in it. */
  readonly path: string;
  readonly needsToken: boolean;
  readonly query: readonly string[];
}

/** Every operation of the description that is checked in. */
export async function readOperations(): Promise<readonly ApiOperation[]> {
  const text = await readFile(new URL('../../schema/openapi.json', import.meta.url), 'utf8');
  return Object.entries(documentSchema.parse(JSON.parse(text)).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, parameters }]) => ({
      method: method.toUpperCase(),
      path,
      needsToken: security.length > 0,
      query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    })),
  );
}
