import { openStore } from '../../agent/open/open-store.ts';
import { stringifyJson } from '../../support/json/json.ts';
import type { ExecutionRecord } from '../../wire/record.ts';
import { withConsole } from '../control/with-console.ts';
import { completeAnswer } from '../output/complete-answer.ts';
import { loadSettings, type SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface GetFlags extends SettingFlags {
  readonly record?: boolean;
  readonly full?: boolean;
}

/** `exec-agent get`: the answer on record; while there is none, how far the execution is. */
export function showExecution(id: string, terminal: Terminal, flags: GetFlags): Promise<number> {
  return withConsole(terminal, flags, async (console) => {
    const record = await console.find(id);
    const { stdout, stderr } = terminal;
    if (flags.record === true) stdout.line(stringifyJson(record));
    else if (record.state === 'finished')
      stdout.line(await answerText(console.renderResponse(record), terminal, flags));
    else {
      stderr.line(`There is no response yet: the execution is ${record.state}${stepOf(record)}.`);
      return exitCodes.failed;
    }
    return exitCodes.ok;
  });
}

async function answerText(text: string, terminal: Terminal, flags: GetFlags): Promise<string> {
  if (flags.full !== true) return text;
  const { config, logger } = await loadSettings(terminal, flags, 'warn');
  return completeAnswer(text, openStore(config, logger), new AbortController().signal);
}

/** The step that runs, if there are several: `, step 2 of 3`. */
function stepOf(record: ExecutionRecord): string {
  const count = record.plan.steps.length;
  return record.state === 'running' && count > 1 ? `, step ${record.step + 1} of ${count}` : '';
}
