import { z } from 'zod';
import type { Control, Found } from '../../agent/control/control.ts';
import { ExecError } from '../../support/exec-error.ts';
import { readJson } from '../../support/json/read-json.ts';
import { printable } from '../../support/text/printable.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { exitCodeOf } from '../terminal/exit-code-of.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface WaitFlags extends ControlFlags {
  /** Seconds. */
  readonly timeout?: number;
}

const responseSchema = z.object({
  success: z.boolean(),
  error: z.string().optional(),
  error_code: z.string().optional(),
  result: z.object({ exit_code: z.number().optional() }).optional(),
});

/** `exec-agent wait`: the response, once there is one. Ctrl-C ends the waiting, not the execution. */
export function waitForExecution(id: string, terminal: Terminal, flags: WaitFlags): Promise<number> {
  const notify = () => terminal.stderr.line('Not waiting any more. The execution continues.');
  return withControl(terminal, flags, (control) =>
    withInterrupt(notify, async (signal) => {
      const { execution } = await control.find(id);
      const found = await waitUntil(control, execution.execution_id, { signal, flags });
      return printResponse(found, terminal);
    }),
  );
}

/** For `submit --wait`: Ctrl-C cancels the execution, whose response is still waited for. */
export function waitForResponse(control: Control, id: string, terminal: Terminal, flags: WaitFlags): Promise<number> {
  const notify = sayOnInterrupt(terminal, 'Canceling. Waiting for the response with the output so far.');
  return withInterrupt(notify, async (interrupt) => {
    const cancel = () => void control.cancel(id).catch(() => undefined);
    interrupt.addEventListener('abort', cancel, { once: true });
    const found = await waitUntil(control, id, { signal: new AbortController().signal, flags });
    return printResponse(found, terminal);
  });
}

interface WaitContext {
  readonly signal: AbortSignal;
  readonly flags: WaitFlags;
}

async function waitUntil(control: Control, id: string, { signal, flags }: WaitContext): Promise<Found> {
  const { timeout } = flags;
  if (timeout === undefined) return control.wait(id, signal);
  const late = AbortSignal.timeout(timeout * 1000);
  try {
    return await control.wait(id, AbortSignal.any([signal, late]));
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    throw new ExecError(
      'TIMEOUT',
      `There was no response within ${timeout} s. The execution continues. Wait again with "exec-agent wait ${id}", or cancel it with "exec-agent cancel ${id}".`,
    );
  }
}

function printResponse({ response = '{}' }: Found, { stdout, stderr }: Terminal): number {
  stdout.line(response);
  const { data } = readJson(response, responseSchema);
  if (data === undefined) return exitCodes.failed;
  if (!data.success)
    stderr.line(`${stderr.colors.red('error:')} ${data.error_code ?? 'failed'}: ${printable(data.error ?? '')}`);
  return exitCodeOf(data);
}
