import type { ExecutionSummary, ListFilter } from '../../queue/execution-queue.ts';
import { ExecError } from '../../support/exec-error.ts';
import { printableLine } from '../../support/text/printable.ts';
import { withConsole } from '../control/with-console.ts';
import { formatAge } from '../output/format-age.ts';
import { formatTable } from '../output/format-table.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Sink, Terminal } from '../terminal/terminal.ts';

export interface PsFlags extends SettingFlags {
  readonly all?: boolean;
  readonly state?: ListFilter['state'];
  readonly tag?: string;
  readonly name?: string;
  readonly image?: string;
  /** Seconds. */
  readonly since?: number;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

const unfinished = ['queued', 'staging', 'running', 'collecting'] as const;

/** `exec-agent ps`: what waits and runs, with `--all` what has finished too. */
export async function listExecutions(terminal: Terminal, flags: PsFlags): Promise<number> {
  const filter = filterOf(flags);
  return withConsole(terminal, flags, async (console) => {
    const page = { limit: flags.limit, ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }) };
    const states = flags.all === true || flags.state !== undefined ? [flags.state] : unfinished;
    const lists = await Promise.all(
      states.map((state) => console.list({ ...filter, ...(state === undefined ? {} : { state }) }, page)),
    );
    const executions = lists
      .flatMap(({ executions: some }) => some)
      .sort((a, b) => b.submittedAt - a.submittedAt)
      .slice(0, flags.limit);
    const next = lists.length === 1 ? lists[0]?.next : undefined;
    if (flags.json === true) terminal.stdout.line(JSON.stringify({ executions, next }));
    else print(executions, next, terminal);
    return exitCodes.ok;
  });
}

function filterOf({ tag, name, image, since }: PsFlags): ListFilter {
  const [key = '', ...value] = (tag ?? '').split('=');
  if (tag !== undefined && (key === '' || value.length === 0))
    throw new ExecError('INVALID_REQUEST', `--tag: "${tag}" is not a tag. Write it as key=value.`);
  return {
    ...(tag === undefined ? {} : { tag: { key, value: value.join('=') } }),
    ...(name === undefined ? {} : { name }),
    ...(image === undefined ? {} : { image }),
    ...(since === undefined ? {} : { since: Date.now() - since * 1000 }),
  };
}

function print(executions: readonly ExecutionSummary[], next: string | undefined, { stdout, stderr }: Terminal): void {
  if (executions.length === 0) {
    stderr.line('No executions. Use --all to include finished ones.');
    return;
  }
  const { colors } = stdout;
  const head = ['EXECUTION', 'STATE', 'IMAGE', 'AGE', 'CORRELATION'].map((title) => colors.bold(title));
  const rows = executions.map((execution) => [
    execution.id,
    stateOf(execution, colors),
    printableLine(execution.image),
    formatAge(Date.now() - execution.submittedAt),
    printableLine(execution.correlationId ?? execution.name ?? ''),
  ]);
  for (const line of formatTable([head, ...rows])) stdout.line(line);
  if (next !== undefined) stderr.line(colors.dim(`More: --cursor ${next}`));
}

function stateOf({ state, code }: ExecutionSummary, colors: Sink['colors']): string {
  if (state !== 'finished') return state === 'running' ? colors.cyan(state) : state;
  return code === 'OK' ? colors.green('ok') : colors.red(code ?? 'failed');
}
