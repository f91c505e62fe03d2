import type { ListQuery } from '../../agent/control/control.ts';
import { ExecError } from '../../support/exec-error.ts';
import { printableLine } from '../../support/text/printable.ts';
import type { ExecutionSummary } from '../../wire/http.ts';
import { notePause } from '../agents/note-pause.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { formatAge, formatDuration } from '../output/format-age.ts';
import { formatTable } from '../output/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Sink, Terminal } from '../terminal/terminal.ts';

export interface PsFlags extends ControlFlags {
  readonly all?: boolean;
  readonly state?: ExecutionSummary['state'];
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
  const query = queryOf(flags);
  return withControl(terminal, flags, async (control) => {
    const states = flags.all === true || flags.state !== undefined ? [flags.state] : unfinished;
    const pages = await Promise.all(
      states.map((state) => control.list({ ...query, ...(state === undefined ? {} : { state }) })),
    );
    const executions = pages
      .flatMap((page) => page.executions)
      .sort((a, b) => Date.parse(b.submitted_at) - Date.parse(a.submitted_at))
      .slice(0, flags.limit);
    const next = pages.length === 1 ? pages[0]?.next : undefined;
    const page = { executions, ...(next === undefined ? {} : { next }) };
    if (flags.json === true) terminal.stdout.line(JSON.stringify(page));
    else print(page, terminal);
    if (flags.json !== true) await notePause(control, terminal);
    return exitCodes.ok;
  });
}

function queryOf({ tag, name, image, since, limit, cursor }: PsFlags): ListQuery {
  if (tag !== undefined && !/^[^=]+=/.test(tag))
    throw new ExecError('INVALID_REQUEST', `--tag: "${tag}" is not a tag. Write it as key=value.`);
  return {
    limit,
    ...(tag === undefined ? {} : { tag }),
    ...(name === undefined ? {} : { name }),
    ...(image === undefined ? {} : { image }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(since === undefined ? {} : { since: new Date(Date.now() - since * 1000).toISOString() }),
  };
}

function print(
  { executions, next }: { readonly executions: readonly ExecutionSummary[]; readonly next?: string },
  terminal: Terminal,
): void {
  const { stdout, stderr } = terminal;
  if (executions.length === 0) {
    stderr.line('No executions. Use --all to include finished ones.');
    return;
  }
  const { colors } = stdout;
  const now = Date.now();
  const head = ['EXECUTION', 'STATE', 'IMAGE', 'AGE', 'TIME', 'CORRELATION'].map((title) => colors.bold(title));
  const rows = executions.map((execution) => [
    execution.execution_id,
    stateOf(execution, colors),
    printableLine(execution.image),
    formatAge(now - Date.parse(execution.submitted_at)),
    durationOf(execution, now),
    printableLine(execution.correlation_id ?? execution.name ?? ''),
  ]);
  for (const line of formatTable([head, ...rows])) stdout.line(line);
  if (next !== undefined) stderr.line(stderr.colors.dim(`More: --cursor ${next}`));
}

/** How long its container ran, or has been running. */
function durationOf({ started_at: from, finished_at: to }: ExecutionSummary, now: number): string {
  if (from === undefined) return '';
  return formatDuration((to === undefined ? now : Date.parse(to)) - Date.parse(from));
}

function stateOf({ state, code, waits_for: labels }: ExecutionSummary, colors: Sink['colors']): string {
  if (labels !== undefined) return `${state} (no agent has ${printableLine(labels)})`;
  if (state !== 'finished') return state === 'running' ? colors.cyan(state) : state;
  return code === 'OK' ? colors.green('ok') : colors.red(code ?? 'failed');
}
