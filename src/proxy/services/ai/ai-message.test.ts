import { expect, test } from 'vitest';
import { stringifyJson } from '../../../support/json/json.ts';
import { readExactJson } from '../../../support/json/read-json.ts';
import { aiMessageSchema, toCompletionRequest } from './ai-message.ts';

test('ai message: numbers reach the provider as written, and max_tokens takes any form of a whole number', () => {
  const text = '{"prompt":"a","temperature":1.0,"max_tokens":1e2,"context":[{"role":"user","content":{"x":-0.0}}]}';
  const { data } = readExactJson(text, aiMessageSchema);
  if (data === undefined) throw new Error('refused');
  const request = stringifyJson(toCompletionRequest(data, 'm'));
  expect(request).toContain('"temperature":1.0');
  expect(request).toContain('"max_tokens":100');
  expect(request).toContain('"x":-0.0');
});

test.each([
  ['max_tokens', '12345678901234567890'],
  ['max_tokens', '1e999'],
  ['max_tokens', '"a"'],
  ['temperature', '-1.0'],
  ['prompt', '1.0'],
  ['provider', '""'],
])('ai message: %s %s is refused with what is expected', (field, value) => {
  const { problem } = readExactJson(`{"prompt":"a",${JSON.stringify(field)}:${value}}`, aiMessageSchema);
  expect(problem).toMatch(new RegExp(`^${field}: (Use|a) `));
  expect(problem).not.toMatch(/Invalid|received|lossless/i);
});
