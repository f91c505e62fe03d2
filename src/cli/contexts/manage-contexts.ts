import { ExecError } from '../../support/exec-error.ts';
import { printableLine } from '../../support/text/printable.ts';
import { formatTable } from '../output/text/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { changeContexts, contextNamed, contextsFile, localContext, readContexts } from './contexts.ts';

export interface ContextFlags {
  readonly json?: boolean;
}

/** `exec-agent context list`. Tokens are not shown. */
export async function listContexts(terminal: Terminal, flags: ContextFlags): Promise<number> {
  const { stdout } = terminal;
  const { current = localContext, contexts } = await readContexts(contextsFile(terminal));
  const rows = [
    { name: localContext, url: null, token: false },
    ...Object.entries(contexts).map(([name, { url, token }]) => ({ name, url, token: token !== undefined })),
  ].map((row) => ({ ...row, current: row.name === current }));
  if (flags.json === true) {
    stdout.line(JSON.stringify({ contexts: rows }));
    return exitCodes.ok;
  }
  const head = ['', 'CONTEXT', 'WHERE', 'TOKEN'].map((title) => stdout.colors.bold(title));
  const lines = rows.map(({ name, url, token, current: isCurrent }) => [
    isCurrent ? stdout.colors.green('*') : ' ',
    printableLine(name),
    printableLine(url ?? 'Redis of this host'),
    token ? 'yes' : '',
  ]);
  for (const line of formatTable([head, ...lines])) stdout.line(line);
  return exitCodes.ok;
}

/** `exec-agent context use`. */
export async function chooseContext(name: string, terminal: Terminal): Promise<number> {
  await changeContexts(contextsFile(terminal), (kept) => {
    if (name === localContext) return { contexts: kept.contexts };
    contextNamed(kept, name);
    return { ...kept, current: name };
  });
  terminal.stdout.line(`Commands use the context ${name} from now on.`);
  return exitCodes.ok;
}

/** `exec-agent context rm`. */
export async function removeContext(name: string, terminal: Terminal): Promise<number> {
  if (name === localContext)
    throw new ExecError('INVALID_REQUEST', `"${localContext}" is the Redis of this host and cannot be removed.`);
  let wasCurrent = false;
  await changeContexts(contextsFile(terminal), (kept) => {
    contextNamed(kept, name);
    wasCurrent = kept.current === name;
    const contexts = Object.fromEntries(Object.entries(kept.contexts).filter(([each]) => each !== name));
    return { contexts, ...(wasCurrent || kept.current === undefined ? {} : { current: kept.current }) };
  });
  terminal.stdout.line(`The context ${name} and its token are removed.`);
  if (wasCurrent) terminal.stdout.line('Commands use the Redis of this host from now on.');
  return exitCodes.ok;
}
