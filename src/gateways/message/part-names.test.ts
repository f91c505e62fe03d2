import { expect, test } from 'vitest';
import { z } from 'zod';
import { ExecError } from '../../support/exec-error.ts';
import { parseImageReference } from '../../support/names/image-reference.ts';
import { executionRequestSchema } from '../../wire/request/request.ts';
import { executionResponseSchema } from '../../wire/response/response.ts';
import { describe, part, planPartSchema, sentence } from '../../wire/sentence.ts';
import { describeError, partNames } from './part-names.ts';

const schemaNode = z.object({
  properties: z.record(z.string(), z.unknown()).optional(),
});

function hasField(schema: z.ZodType, path: string): boolean {
  let node: unknown = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  for (const name of path.split('.')) {
    const { properties } = schemaNode.parse(node);
    if (properties?.[name] === undefined) return false;
    node = properties[name];
  }
  return true;
}

test.each(planPartSchema.options)('part names: %s is called as a field of requests or of responses', (name) => {
  const called = partNames[name];
  const field = typeof called === 'string' ? called : called('x').replace('.x.tokens', '');
  const path = name === 'pull' ? 'container.pull' : field;
  expect(hasField(executionRequestSchema, path) || hasField(executionResponseSchema, path)).toBe(true);
});

test.each([
  [sentence`${part('network.ports', '8080')}: taken.`, 'container.ports.8080: taken.'],
  [sentence`${part('network.budget', 'ai')} is used.`, 'service_budget.ai is used.'],
  [sentence`${part('network.tokens', 'ai')} is used.`, 'service_budget.ai.tokens is used.'],
  [sentence`Ask for more with ${part('resources.scratch')}.`, 'Ask for more with container.resources.disk.'],
])('part names: %j', (text, expected) => {
  expect(describe(text, partNames)).toBe(expected);
});

test('part names: errors of the rooms below name the fields of requests', () => {
  expect(describeError(new ExecError('INVALID_REQUEST', sentence`${part('user')}: is root.`))).toBe(
    'container.user: is root.',
  );
  expect(() => parseImageReference('A B')).toThrow(
    expect.objectContaining({ sentence: [{ part: 'image' }, expect.stringContaining('is no image reference')] }),
  );
});
