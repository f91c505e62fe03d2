import type { ListQuery } from '../../agent/control/control.ts';
import { ExecError } from '../../support/exec-error.ts';
import { printableLine } from '../../support/text/printable.ts';
import type { ExecutionPage, ExecutionSummary } from '../../wire/http/executions.ts';
import { notePause } from '../agents/note-pause.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { formatAge, formatDuration } from '../output/text/format-age.ts';
import { formatTable } from '../output/text/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Sink, Terminal } from '../terminal/terminal.ts';

/** Which executions a command is about. */
export interface FilterFlags extends ControlFlags {
  readonly state?: readonly ExecutionSummary['state'][];
  readonly tenant?: string;
  readonly agent?: string;
  readonly prefix?: string;
  readonly tag?: readonly string[];
  readonly name?: string;
  readonly image?: string;
  /** Seconds. */
  readonly since?: number;
}

export interface PsFlags extends FilterFlags {
  readonly all?: boolean;
  readonly code?: readonly string[];
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

export const unfinished = ['queued', 'staging', 'running', 'collecting'] as const;

/** `exec-agent ps`: what waits and runs, with `--all` what has finished too. */
export async function listExecutions(terminal: Terminal, flags: PsFlags): Promise<number> {
  const { code, limit, cursor } = flags;
  const page = { limit, ...(code === undefined ? {} : { code }), ...(cursor === undefined ? {} : { cursor }) };
  const query = { ...queryOf(flags), ...page };
  return withControl(terminal, flags, async (control) => {
    const isOpenOnly = flags.all !== true && flags.state === undefined && flags.code === undefined;
    const page = await control.list({ ...query, ...(isOpenOnly ? { state: unfinished } : {}) });
    if (flags.json === true) terminal.stdout.line(JSON.stringify(page));
    else print(page, terminal, { withTenants: flags.tenant !== undefined });
    if (flags.json !== true) await notePause(control, terminal);
    return exitCodes.ok;
  });
}

/** @throws ExecError INVALID_REQUEST for a tag that is none, and for an empty text, as from a variable that is not set */
export function queryOf({
  state,
  tenant,
  agent,
  prefix,
  tag,
  name,
  image,
  since,
}: FilterFlags): Omit<ListQuery, 'limit'> {
  for (const [option, text] of Object.entries({ agent, prefix, name, image }))
    if (text === '')
      throw new ExecError('INVALID_REQUEST', `--${option}: is empty. Name what it is about, or leave it out.`);
  for (const each of tag ?? [])
    if (!/^[^=]+=/.test(each))
      throw new ExecError('INVALID_REQUEST', `--tag: "${each}" is not a tag. Write it as key=value.`);
  return {
    ...(state === undefined ? {} : { state }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(agent === undefined ? {} : { agent }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(tag === undefined ? {} : { tag }),
    ...(name === undefined ? {} : { name }),
    ...(image === undefined ? {} : { image }),
    ...(since === undefined ? {} : { since: new Date(Date.now() - since * 1000).toISOString() }),
  };
}

function print(
  { executions, next }: ExecutionPage,
  terminal: Terminal,
  { withTenants }: { readonly withTenants: boolean },
): void {
  const { stdout, stderr } = terminal;
  if (executions.length === 0) {
    stderr.line('No executions. Use --all to include finished ones.');
    return;
  }
  const { colors } = stdout;
  const now = Date.now();
  const titles = ['EXECUTION', ...(withTenants ? ['TENANT'] : []), 'STATE', 'IMAGE', 'AGE', 'TIME', 'CORRELATION'];
  const head = titles.map((title) => colors.bold(title));
  const rows = executions.map((execution) => [
    execution.execution_id,
    ...(withTenants ? [printableLine(execution.tenant ?? '')] : []),
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
