import { stringifyJson } from '../../support/json.ts';
import { exitCodes } from '../exit-codes.ts';
import type { SettingFlags } from '../load-settings.ts';
import type { Terminal } from '../terminal.ts';
import { withConsole } from './with-console.ts';

export interface GetFlags extends SettingFlags {
  readonly record?: boolean;
}

/** `exec-agent get`: the answer on record; while there is none, how far the execution is. */
export function showExecution(id: string, terminal: Terminal, flags: GetFlags): Promise<number> {
  return withConsole(terminal, flags, async (console) => {
    const record = await console.find(id);
    const { stdout, stderr } = terminal;
    if (flags.record === true) stdout.line(stringifyJson(record));
    else if (record.state === 'finished') stdout.line(console.answerOf(record));
    else {
      stderr.line(`There is no answer yet: the execution is ${record.state}.`);
      return exitCodes.failed;
    }
    return exitCodes.ok;
  });
}
