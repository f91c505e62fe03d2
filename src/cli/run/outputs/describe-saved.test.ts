import { expect, test } from 'vitest';
import { createTestResponse } from '../../../../tests/cli/helpers/test-response.ts';
import { notReplaced, notSaved } from './describe-saved.ts';

const odd = 'red\u001b[31m\u202e\rname';
const escaped = 'red\\x1b[31m\\u202e\\x0dname';

test('--save: names of files that were not saved are escaped', () => {
  const response = createTestResponse({ exit: 0, result: { minio_objects: [{ object_name: odd, size: 1 }] } });
  expect(notSaved(response, new Set())).toContain(`${escaped} (1 B)`);
  expect(notSaved(response, new Set([odd]))).toBe('');
});

test('--save: names of files that were not replaced are escaped', () => {
  expect(notReplaced([odd], createTestResponse({ exit: 0 }))).toContain(`${escaped} exists already`);
});
