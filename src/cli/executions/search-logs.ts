import { type ControlFlags, withControl } from '../control/with-control.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface SearchFlags extends ControlFlags {
  readonly search: string;
  readonly ignoreCase?: boolean;
}

/** `exec-agent logs --search`: the lines that contain a text, each with its number, as `grep -n` prints them. */
export function searchLogs(id: string, terminal: Terminal, flags: SearchFlags): Promise<number> {
  const { search: text, ignoreCase = false, ...rest } = flags;
  return withControl(terminal, rest, (control) =>
    withInterrupt(
      () => undefined,
      async (signal) => {
        let isFound = false;
        let offset: number | undefined = 0;
        while (offset !== undefined) {
          signal.throwIfAborted();
          const { hits, next } = await control.search(id, { text, ignoreCase, offset, signal });
          for (const { line, text: found } of hits) terminal.stdout.line(`${line}:${found}`);
          isFound ||= hits.length > 0;
          offset = next;
        }
        return isFound ? exitCodes.ok : exitCodes.failed;
      },
    ),
  );
}
