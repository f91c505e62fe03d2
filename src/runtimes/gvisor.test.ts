import { expect, test } from 'vitest';
import { isGvisor, processLimit } from './gvisor.ts';

test.each([
  ['runsc', true],
  ['runsc-kvm', true],
  ['runc', false],
  ['runscape', false],
  [undefined, false],
])('the OCI runtime %s: gVisor %s, which has threads beside those of the command', (name, expected) => {
  expect(isGvisor(name)).toBe(expected);
  expect(processLimit(10, name) > 10).toBe(expected);
});
