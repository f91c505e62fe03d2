import { expect, test } from 'vitest';
import { findWords } from './gateway-words.mjs';

const file = 'src/execution/some.ts';

test.each([
  ['a string', "const a = 'Set container.image.';", 'container.image'],
  ['a template', `const a = \`\${b}: see output.expected_files.\`;`, 'output.expected_files'],
  ['a property', 'const a = { correlation_id: 1 };', 'correlation_id'],
  ['a property that is read', 'const a = b.service_access;', 'service_access'],
  ['a channel', "publish('exec-responses');", 'exec-responses'],
])('gateway words: %s below the gateways is found', (_title, text, word) => {
  expect(findWords(text, file)).toEqual([{ line: 1, word }]);
});

test.each([
  ['an import', "import { a } from '../workspace/a.ts';", file],
  ['a setting of the policy file', "const finding = { setting: 'container.user' };", file],
  ['the protocol of services over Redis', "const a = { correlation_id: 'x' };", 'src/proxy/services/a.ts'],
  ['a comment', '// container.image\nconst a = 1;', file],
])('gateway words: %s is allowed', (_title, text, path) => {
  expect(findWords(text, path)).toEqual([]);
});
