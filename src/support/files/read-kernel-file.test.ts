import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readKernelFile } from './read-kernel-file.ts';

describe('kernel file', () => {
  test('kernel file: is read whole', () => {
    expect(readKernelFile('/proc/self/mountinfo')).toMatch(/ \/proc .*\n$/s);
  });

  test('kernel file: of any length is read whole', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kernel-file-'));
    try {
      for (const bytes of [0, 1, 2047, 2048, 2049, 16_384, 100_000]) {
        const text = 'ä1'.repeat(bytes).slice(0, bytes);
        await writeFile(join(directory, 'file'), text);
        expect(readKernelFile(join(directory, 'file'))).toBe(text);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('kernel file: of a process or cgroup that does not exist is undefined', () => {
    expect(readKernelFile('/proc/4194305/stat')).toBeUndefined();
  });

  test('kernel file: another problem is thrown', () => {
    expect(() => readKernelFile('/proc/self')).toThrow(/EISDIR/);
  });
});
