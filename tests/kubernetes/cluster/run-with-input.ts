import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Runs a command with a text on its stdin and returns its stdout. @throws with its stderr */
export async function runWithInput(command: readonly string[], stdin = ''): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  // A command that does not read its stdin closes it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr.trim()}`);
  return stdout;
}
