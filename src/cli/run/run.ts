import { openLocalAgent } from '../../agent/open-local-agent.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { messageOf } from '../../support/exec-error.ts';
import { completeAnswer } from '../output/complete-answer.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { exitCodeOf } from '../terminal/exit-code-of.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import { muteSink } from '../terminal/mute-sink.ts';
import { reportError } from '../terminal/report-error.ts';
import type { Sink, Terminal } from '../terminal/terminal.ts';
import { type KeptAnswer, keepOutputs, refuseFilesInTheWay } from './outputs/keep-outputs.ts';
import { nameDirectory } from './outputs/name-directory.ts';
import { printAnswer } from './print-answer.ts';
import { chooseTarget, type RunArguments } from './request/choose-target.ts';
import { removeObjects } from './request/place-inputs.ts';
import { prepareRequest } from './request/prepare-request.ts';
import { printsJson, type RunFlags } from './run-flags.ts';
import { type RunSinks, watchRun } from './watch-run.ts';

/** `exec-agent run`: one request from the command line to its answer. */
export async function run(args: RunArguments, terminal: Terminal): Promise<number> {
  try {
    const notify = sayOnInterrupt(terminal, 'Stopping the container. Its output so far is returned.');
    return await withInterrupt(notify, (signal) => runOnce(args, terminal, signal));
  } catch (error) {
    const code = reportError(error, terminal, { debug: args.flags.debug === true });
    return code === exitCodes.failed ? exitCodes.notRun : code;
  }
}

async function runOnce(given: RunArguments, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const args = { ...given, flags: nameDirectory(given.flags) };
  const { flags } = args;
  const target = await chooseTarget(args, terminal.cwd);
  const { config, logger } = await loadSettings(terminal, flags, 'warn');
  const progress = flags.quiet === true ? muteSink(terminal.stderr) : terminal.stderr;
  await refuseFilesInTheWay(flags, terminal.cwd);
  const prepared = await prepareRequest(target, args, { terminal, config, progress, signal });
  const agent = await openLocalAgent(config, { logger, searchPath: terminal.env.PATH ?? '' });
  try {
    const request = await prepared(agent.store);
    const watch = watchRun(sinksOf(flags, terminal, progress));
    const answer = await agent
      .run(request.text, { signal, observe: watch.observe })
      .finally(() => watch.end())
      .finally(() => removeObjects(agent.store, request.uploaded));
    const kept = await keepOutputs(answer, { flags, request, store: agent.store, config, terminal, progress });
    const whole = flags.full === true ? await withContents(kept, agent.store) : kept;
    printAnswer(whole, args, terminal);
    const code = exitCodeOf(whole.response);
    return code === exitCodes.ok && whole.problem !== undefined ? exitCodes.failed : code;
  } finally {
    await agent.close();
  }
}

/** With --json, stdout is for the response alone. */
function sinksOf(flags: RunFlags, { stdout, stderr }: Terminal, progress: Sink): RunSinks {
  return printsJson(flags) ? { stdout: progress, stderr: progress, progress } : { stdout, stderr, progress };
}

/** A store that fails takes nothing from the answer that is there. */
async function withContents(kept: KeptAnswer, store: ObjectStore): Promise<KeptAnswer> {
  try {
    const text = await completeAnswer(kept.text, (ref) => store.get({ name: ref }, new AbortController().signal));
    const { ref } = kept.response.result ?? {};
    // The answer does not name it any more.
    if (ref !== undefined) await removeObjects(store, [{ name: ref }]);
    return { ...kept, text };
  } catch (error) {
    return { ...kept, problem: kept.problem ?? `The response is not complete: ${messageOf(error)}` };
  }
}
