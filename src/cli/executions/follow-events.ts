import { ExecError } from '../../support/exec-error.ts';
import { printableLine } from '../../support/text/printable.ts';
import type { ExecutionEvent } from '../../wire/live.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface EventsFlags extends ControlFlags {
  readonly tenant?: string;
  readonly json?: boolean;
}

/** `exec-agent events`: changes of state as they happen, one a line. */
export function followEvents(id: string | undefined, terminal: Terminal, flags: EventsFlags): Promise<number> {
  const { stdout } = terminal;
  const { tenant } = flags;
  if (id !== undefined && tenant !== undefined)
    throw new ExecError('INVALID_REQUEST', '--tenant: an id is of one tenant already. Leave out one of both.');
  const query = (signal: AbortSignal) => ({
    signal,
    ...(id === undefined ? {} : { id }),
    ...(tenant === undefined ? {} : { tenant }),
  });
  return withControl(terminal, flags, (control) =>
    withInterrupt(
      () => undefined,
      async (signal) => {
        try {
          for await (const event of control.events(query(signal)))
            stdout.line(flags.json === true ? JSON.stringify(event) : lineOf(event));
        } catch (error) {
          // Ctrl-C is how a stream of all executions ends.
          if (!signal.aborted) throw error;
        }
        return exitCodes.ok;
      },
    ),
  );
}

function lineOf({ at, execution_id: id, state, code, image, correlation_id: correlation }: ExecutionEvent): string {
  const what = code === undefined ? state : `${state} ${code}`;
  return [new Date(at).toISOString(), id, what, image, correlation ?? ''].map(printableLine).join('  ').trimEnd();
}
