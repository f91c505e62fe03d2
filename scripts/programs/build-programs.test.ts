import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { builtPrograms, compileProgram, whyNotBuilt } from './programs.ts';

for (const program of builtPrograms) {
  const reason = whyNotBuilt(program.architecture);
  const skipped = reason === undefined ? '' : ` (skipped: ${reason})`;
  test.skipIf(reason !== undefined)(`${program.file}: is what its source makes${skipped}`, async () => {
    const built = await compileProgram(program);
    expect(built.equals(await readFile(program.file)), 'Run: npm run build:programs').toBe(true);
  });
}
