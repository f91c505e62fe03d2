import { readFile, writeFile } from 'node:fs/promises';
import { builtPrograms, compileProgram, whyNotBuilt } from './programs/programs.ts';

// Without arguments writes the programs in machine code; with --check only compares them with what their sources make.
const checksOnly = process.argv.includes('--check');

for (const program of builtPrograms) {
  const reason = whyNotBuilt(program.architecture);
  if (reason !== undefined) {
    console.error(`${program.file} cannot be built here: ${reason}`);
    if (!checksOnly) process.exitCode = 1;
    continue;
  }
  const built = await compileProgram(program);
  const current = await readFile(program.file).catch(() => undefined);
  if (current?.equals(built)) continue;
  if (checksOnly) {
    console.error(`${program.file} is not what ${program.source} makes. Run: npm run build:programs`);
    process.exitCode = 1;
  } else {
    await writeFile(program.file, built);
    console.log(`${program.file} written`);
  }
}
