import { runCommand as run } from '../../../src/support/processes/run-command.ts';

/** Runs a command to its end and returns its stdout; fails with what it printed. */
export async function runCommand(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await run([command, ...args], {});
  if (code === 0) return stdout;
  throw new Error(`${[command, ...args].join(' ')} ended with code ${code}:\n${output}`);
}
