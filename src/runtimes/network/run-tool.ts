import { ExecError, messageOf } from '../../support/exec-error.ts';
import { runCommand } from '../../support/processes/run-command.ts';

/** @throws ExecError RUNTIME_UNAVAILABLE with what the tool printed */
export async function runTool(
  command: readonly string[],
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<void> {
  const late = AbortSignal.timeout(timeoutMs);
  const failed = (why: string, cause?: unknown) =>
    new ExecError('RUNTIME_UNAVAILABLE', `"${command.join(' ')}" failed: ${why}`, { cause });
  const { code, stderr } = await runCommand(command, { environment: {}, signal: late }).catch((error: unknown) => {
    throw failed(late.aborted ? `it did not end within ${timeoutMs} ms` : messageOf(error), error);
  });
  if (code !== 0) throw failed(stderr.trim() || `it ended with code ${code}`);
}
