import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** Bytes of one message, as EXEC_MESSAGE_MAX of an agent is by default. */
const maxMessageBytes = 8 * 1024 * 1024;
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

export interface McpHttpOptions {
  /** Makes the server of one call, with the caller's token; absent: the call has none. */
  readonly serverFor: (token: string | undefined) => McpServer;
  /** Whether a call without a token is served with the rights of this process. Only on loopback. */
  readonly ownRights: boolean;
}

/**
 * Streamable HTTP at `/mcp`, without sessions: each call has its own server and its caller's token. Pages of other sites
 * are refused, also those that point their name at this host.
 */
export function serveMcpOverHttp({ serverFor, ownRights }: McpHttpOptions): Server {
  return createServer((request, response) => {
    serve(request, response).catch(() => refuse(response, 500, 'The call failed.'));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.split('?')[0] !== '/mcp') return refuse(response, 404, 'The endpoint is /mcp.');
    if (request.headers.origin !== undefined) return refuse(response, 403, 'Web pages may not call this server.');
    const host = request.headers.host?.replace(/:\d+$/, '') ?? '';
    if (ownRights && !loopbackNames.includes(host))
      return refuse(response, 403, `Use one of ${loopbackNames.join(', ')}.`);
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined && !ownRights)
      return refuse(response, 401, 'Send a token of the agent: Authorization: Bearer exa_…');
    if (request.method !== 'POST') return refuse(response, 405, 'There are no sessions; send each message with POST.');
    const body = await readBody(request);
    if (body === undefined) return refuse(response, 413, `A message may have ${maxMessageBytes} bytes.`);

    const server = serverFor(token);
    const transport = new StreamableHTTPServerTransport();
    response.once('close', () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(request, response, body);
  }
}

/** JSON, or undefined if it is too long. Text that is not JSON goes on as it is, and the transport refuses it. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > maxMessageBytes) return undefined;
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy();
  const error = { jsonrpc: '2.0', error: { code: -32_000, message }, id: null };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(error));
}
