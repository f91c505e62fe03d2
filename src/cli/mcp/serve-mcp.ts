import { once } from 'node:events';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createHttpClient } from '../../client/browser.ts';
import { createMcpServer } from '../../mcp/create-mcp-server.ts';
import { serveMcpOverHttp } from '../../mcp/serve-mcp-over-http.ts';
import { ExecError } from '../../support/exec-error.ts';
import { packageVersion } from '../../support/files/package-version.ts';
import { contextsFile, readContexts } from '../contexts/contexts.ts';
import { choosePlace } from '../control/choose-place.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface McpFlags {
  readonly url?: string;
  readonly context?: string;
  readonly http?: string;
  readonly pythonImage: string;
  readonly textLimit: number;
}

const localUrl = 'http://localhost:8082';
const loopback = ['127.0.0.1', '::1', 'localhost'];

/** Serves until standard input ends or, over HTTP, until the process is stopped. */
export async function serveMcp(terminal: Terminal, flags: McpFlags): Promise<number> {
  const settings = await loadSettings(terminal, flags, 'warn');
  const place = choosePlace(flags, settings, await readContexts(contextsFile(terminal)));
  const { url, token: ownToken } = place.kind === 'http' ? place : { url: localUrl, token: settings.config.token };
  const serverFor = (token: string | undefined) => {
    const client = createHttpClient({ url, ...(token === undefined ? {} : { token }) });
    return createMcpServer({ client, pythonImage: flags.pythonImage, textLimit: flags.textLimit }, packageVersion());
  };
  const { http } = flags;
  const serve = http === undefined ? overStdio : (signal: AbortSignal) => overHttp(http, signal);
  await withInterrupt(() => undefined, serve);
  return exitCodes.ok;

  async function overStdio(signal: AbortSignal): Promise<void> {
    const server = serverFor(ownToken);
    await server.connect(new StdioServerTransport());
    await Promise.race([once(terminal.stdin, 'end'), once(signal, 'abort')]);
    await server.close();
  }

  async function overHttp(text: string, signal: AbortSignal): Promise<void> {
    const { host, port } = readAddress(text);
    const ownRights = loopback.includes(host);
    const server = serveMcpOverHttp({
      ownRights,
      serverFor: (token) => serverFor(token ?? (ownRights ? ownToken : undefined)),
    });
    server.listen(port, host);
    await once(server, 'listening');
    const address = server.address();
    const opened = typeof address === 'object' && address !== null ? address.port : port;
    const shown = host.includes(':') ? `[${host}]` : host;
    terminal.stderr.line(`MCP server at http://${shown}:${opened}/mcp for the agent at ${url}`);
    if (!signal.aborted) await once(signal, 'abort');
    server.close();
    server.closeAllConnections();
  }
}

/** `8083`, `127.0.0.1:8083` or `[::1]:8083`. */
function readAddress(text: string): { readonly host: string; readonly port: number } {
  const [, v6, name, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535)
    throw new ExecError('INVALID_REQUEST', `--http: "${text}" is not an address. Use a port, or HOST:PORT.`);
  return { host: v6 ?? name ?? '127.0.0.1', port };
}
