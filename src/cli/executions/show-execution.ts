import type { ExecutionSummary } from '../../wire/http/executions.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { completeAnswer } from '../output/complete-answer.ts';
import { printJson } from '../output/show-json.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface GetFlags extends ControlFlags {
  readonly record?: boolean;
  readonly full?: boolean;
}

/** `exec-agent get`: the response on record; while there is none, how far the execution is. */
export function showExecution(id: string, terminal: Terminal, flags: GetFlags): Promise<number> {
  return withControl(terminal, flags, async (control) => {
    const { execution, view, response } = await control.find(id);
    const { stdout, stderr } = terminal;
    if (flags.record === true) printJson(view, stdout);
    else if (response === undefined) {
      stderr.line(`There is no response yet: the execution is ${execution.state}${stepOf(execution)}.`);
      return exitCodes.failed;
    } else {
      const { signal } = new AbortController();
      const open = () => control.contents(execution.execution_id, signal);
      printJson(flags.full === true ? await completeAnswer(response, open) : response, stdout);
    }
    return exitCodes.ok;
  });
}

/** The step that runs, if there are several: `, step 2 of 3`. */
function stepOf({ step }: ExecutionSummary): string {
  return step === undefined ? '' : `, step ${step.number} of ${step.of}`;
}
