import { expect, test } from 'vitest';
import { nameDirectory } from './name-directory.ts';

test('-o DIR/: names the local directory for all output files; other values stay expected files', () => {
  expect(nameDirectory({ output: ['a.txt', 'out/'], quiet: true })).toEqual({
    output: ['a.txt'],
    quiet: true,
    save: 'out/',
    saveAll: true,
  });
  expect(nameDirectory({ output: ['/srv/out/'] })).toEqual({ save: '/srv/out/', saveAll: true });
  for (const flags of [{}, { output: ['a/*', '*/', '/workspace/output/a/'] }, { output: ['a'], save: true as const }])
    expect(nameDirectory(flags)).toBe(flags);
});

test('-o DIR/: a second directory is refused with what to write', () => {
  for (const flags of [{ output: ['a/', 'b/'] }, { output: ['a/'], save: 'b' }])
    expect(() => nameDirectory(flags)).toThrow("write -o 'a/**'");
});
