import { findProgram } from '../../../src/support/processes/find-program.ts';

/** @returns why a test that needs these programs is skipped, as the end of its title; empty where all are installed */
export async function missingPrograms(...names: readonly string[]): Promise<string> {
  const found = await Promise.all(names.map((name) => findProgram(name, process.env.PATH ?? '')));
  const missing = names.filter((_, index) => found[index] === undefined);
  return missing.length === 0 ? '' : ` (skipped: not installed: ${missing.join(', ')})`;
}
