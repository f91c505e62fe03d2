import { describe, expect, test } from 'vitest';
import { readKernelFile } from './read-kernel-file.ts';

describe('kernel file', () => {
  test('kernel file: is read whole', () => {
    expect(readKernelFile('/proc/self/mountinfo')).toMatch(/ \/proc .*\n$/s);
  });

  test('kernel file: of a process or cgroup that does not exist is undefined', () => {
    expect(readKernelFile('/proc/4194305/stat')).toBeUndefined();
  });

  test('kernel file: another problem is thrown', () => {
    expect(() => readKernelFile('/proc/self')).toThrow(/EISDIR/);
  });
});
