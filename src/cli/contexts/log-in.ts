import { ClientError, createHttpClient } from '../../client/browser.ts';
import { ExecError } from '../../support/exec-error.ts';
import { isLoopbackHost } from '../../support/net/loopback-host.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { readSecret } from '../terminal/read-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { changeContexts, contextsFile, localContext } from './contexts.ts';

export interface LoginFlags {
  readonly name?: string;
  /** False with --no-token. */
  readonly token: boolean;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;

/** `exec-agent login`: keeps the URL and the token of an agent, once they are known to work. */
export async function logIn(address: string, terminal: Terminal, flags: LoginFlags): Promise<number> {
  const { stderr, stdout } = terminal;
  const url = parseAddress(address);
  const name = flags.name ?? url.host;
  if (!namePattern.test(name) || name === localContext)
    throw new ExecError(
      'INVALID_REQUEST',
      `--name ${name} cannot name a context. Use letters, digits, ".", "_", ":" and "-".`,
    );
  if (flags.token && url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    stderr.line(
      `${stderr.colors.yellow('warning:')} ${url.origin} is not encrypted: everyone on the way can read the token. Use https.`,
    );
  const token = flags.token ? await readSecret(`Token for ${url.origin}: `, terminal) : undefined;
  if (token === '')
    throw new ExecError('INVALID_REQUEST', 'The token is empty. Pass it on standard input, or use --no-token.');
  const context = { url: url.href.replace(/\/$/, ''), ...(token === undefined ? {} : { token }) };
  const scopeNote = await check(context);
  const path = contextsFile(terminal);
  await changeContexts(path, ({ contexts }) => ({ current: name, contexts: { ...contexts, [name]: context } }));
  stdout.line(`Commands use ${context.url} from now on (context ${name}).`);
  if (scopeNote !== undefined) stderr.line(scopeNote);
  return exitCodes.ok;
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isPlain =
    url !== undefined && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url !== undefined && isPlain && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new ExecError(
    'INVALID_REQUEST',
    `${address} is not the address of an agent. Write it as https://agent.example.com or http://127.0.0.1:8082.`,
  );
}

/** @returns what the token does not allow, for people */
async function check(context: { readonly url: string; readonly token?: string }): Promise<string | undefined> {
  try {
    await createHttpClient({ ...context, connectAttempts: 2 }).list({ limit: 1 });
    return undefined;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.status === 403 && context.token !== undefined)
      return 'The token may not read executions: only commands that its scopes allow will work.';
    const isRefused = error.status === 401 || error.status === 403;
    const code = isRefused ? 'POLICY_DENIED' : 'RUNTIME_UNAVAILABLE';
    const cure = isRefused && context.token !== undefined ? ' The agent does not know this token.' : '';
    throw new ExecError(code, `Nothing was kept. ${error.message}${cure}`, { cause: error });
  }
}
