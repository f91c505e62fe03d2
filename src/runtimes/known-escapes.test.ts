import { expect, test } from 'vitest';
import { describeEscapes, findKnownEscapes } from './known-escapes.ts';

const idsOf = (name: string, version: string) => findKnownEscapes([{ name, version }]).map(({ id }) => id);

test.each([
  ['runc', '1.1.5+ds1', ['CVE-2024-21626', 'CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']],
  ['runc', '1.1.15', ['CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']],
  ['runc', '1.2.7', ['CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']],
  ['runc', '1.2.8', []],
  ['runc', '1.3.2', ['CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881']],
  ['runc', '1.3.3', []],
  ['runc', '1.5.0', []],
  ['runc', '(unknown version)', []],
  ['crun', '1.8.1', []],
  ['runsc', '0.1', []],
])('%s %s', (name, version, ids) => {
  expect(idsOf(name, version)).toEqual(ids);
});

test('known escapes: are listed by program and release', () => {
  const told = describeEscapes(findKnownEscapes([{ name: 'runc', version: '1.1.5' }]));
  expect(told).toBe(
    'runc 1.1.5 has CVE-2024-21626 (fixed in 1.1.12); runc 1.1.5 has CVE-2025-31133, CVE-2025-52565, CVE-2025-52881 (fixed in 1.2.8 and 1.3.3 and 1.4.0)',
  );
});
