import { execFile } from 'node:child_process';
import { ExecError } from '../../support/exec-error.ts';

const maxBuffer = 64 * 1024;

export interface ToolOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** @throws ExecError RUNTIME_UNAVAILABLE with what the tool said; the signal's reason when it is aborted */
export function runTool(command: readonly string[], { timeoutMs, signal }: ToolOptions): Promise<void> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer, env: {} },
      (error, _, stderr) => {
        signal?.removeEventListener('abort', kill);
        if (signal?.aborted === true) return reject(signal.reason);
        if (error === null) return resolve();
        const said = stderr.trim() || error.message;
        reject(new ExecError('RUNTIME_UNAVAILABLE', `"${command.join(' ')}" failed: ${said}`, { cause: error }));
      },
    );
    const kill = () => child.kill('SIGKILL');
    if (signal?.aborted === true) kill();
    signal?.addEventListener('abort', kill, { once: true });
  });
}
