import fc from 'fast-check';
import { expect, test } from 'vitest';
import { policyDocumentSchema } from '../../admission/policy/policy-schema.ts';
import { aiMessageSchema } from '../../proxy/services/ai/ai-message.ts';
import { plainIssue } from '../../wire/issues/plain-issue.ts';
import { executionRequestSchema } from '../../wire/request/request.ts';
import { configSchema } from './config-schema.ts';

const libraryWords = /Invalid|expected (string|number|record)|received|Too (big|small)|Unrecognized|nonoptional/;
const wrong = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('', -1, 0.5, 1e9, ['a'], { a: 1 }));

test.each([
  ['requests', executionRequestSchema],
  ['settings', configSchema],
  ['policies', policyDocumentSchema],
  ['messages to a model', aiMessageSchema],
])('plain issues: %s are refused without the words of the library', (_name, schema) => {
  const fields = Object.keys(schema.shape);
  const value = fc.dictionary(fc.constantFrom(...fields), wrong);
  fc.assert(
    fc.property(value, (given) => {
      const { error } = schema.safeParse(given, { error: plainIssue });
      for (const { message } of error?.issues ?? []) expect(message).not.toMatch(libraryWords);
    }),
    { numRuns: 1000 },
  );
});
