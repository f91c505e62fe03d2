import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequestHead } from './parse-request-head.ts';

const parse = (head: string) => parseRequestHead(head, 100);

describe('the head of a request', () => {
  it('keeps what is for the service and drops what is for this connection', () => {
    const head = parse(
      'POST /data/query HTTP/1.1\r\nHost: x:9000\r\nContent-Length: 12\r\nX-One:  two \r\nConnection: keep-alive, X-Hop\r\n' +
        'X-Hop: 1\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\nProxy-Authorization: Basic x\r\nX_Under: 1\r\n',
    );
    expect(head).toMatchObject({
      method: 'POST',
      target: '/data/query',
      body: 12,
      keepAlive: true,
      fields: ['x-one', 'X-One:  two \r\n'],
    });
  });

  it('goes on with HTTP/1.1 when a client offers HTTP/2', () => {
    const head =
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n';
    expect(parse(head)).toMatchObject({ fields: [], keepAlive: true });
  });

  it.each([
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 3\r\n'],
    ['a list of lengths', 'Content-Length: 3, 3\r\n'],
    ['a signed length', 'Content-Length: +3\r\n'],
    ['a hexadecimal length', 'Content-Length: 0x3\r\n'],
    ['a length beside chunks', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
    ['chunks twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'],
    ['chunks that are not last', 'Transfer-Encoding: chunked, identity\r\n'],
    ['another encoding', 'Transfer-Encoding: gzip, chunked\r\n'],
    ['a veiled encoding', 'Transfer-Encoding: \x0bchunked\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n'],
    ['a folded line', 'X-A: b\r\n c\r\n'],
    ['a bare line feed', 'X-A: b\nX-B: c\r\n'],
    ['a bare carriage return', 'X-A: b\rX-B: c\r\n'],
    ['NUL', 'X-A: b\0\r\n'],
    ['no name', ': x\r\n'],
    ['no colon', 'X-A\r\n'],
    ['a second Host', 'Host: y\r\n'],
    ['an upgrade', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'],
  ])('with %s is refused', (_, lines) => {
    expect(parse(`POST /data/query HTTP/1.1\r\nHost: x\r\n${lines}`)).toMatchObject({ status: 400 });
  });

  it.each([
    'GET /data/query',
    'GET /data/query HTTP/2.0',
    'GET /data/query HTTP/1.1 ',
    'GET  /data/query HTTP/1.1',
    'GET\t/data/query HTTP/1.1',
    'get /data/query HTTP/1.1',
    'GET /data/que\x01ry HTTP/1.1',
    'GET /data/\xe9 HTTP/1.1',
    '',
  ])('that begins with %j is refused', (line) => {
    expect(parse(`${line}\r\nHost: x\r\n`)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
  });

  it('needs a host, and no more lines than allowed', () => {
    expect(parse('GET / HTTP/1.1\r\n')).toMatchObject({ status: 400 });
    expect(parse(`GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(99)}`)).toMatchObject({ method: 'GET' });
    expect(parse(`GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(100)}`)).toMatchObject({ status: 431 });
  });

  it('means to us what it means to another parser, whenever we accept it', async () => {
    const line = fc.constantFrom(
      'Host: x',
      'Content-Length: 2',
      'Content-Length: 02',
      'Content-Length: 2 ',
      'Transfer-Encoding: chunked',
      'transfer-encoding:\tCHUNKED',
      'Content-Length : 2',
      'X: y',
      ' folded',
      'Connection: close',
      'X-Y:z\x80',
      'Expect: x',
      'Content-length:0',
      'Upgrade: h2c',
    );
    const heads = fc.sample(fc.array(line, { maxLength: 4 }), 300);
    for (const lines of heads) {
      const head = `POST / HTTP/1.1\r\n${lines.map((text) => `${text}\r\n`).join('')}`;
      const ours = parse(head);
      if ('code' in ours) continue;
      const body = ours.body === 'chunked' ? '2\r\nab\r\n0\r\n\r\n' : 'ab'.slice(0, ours.body);
      expect(await bodyReadByNode(`${head}\r\n${body}`), head).toBe(ours.body === 0 ? '' : 'ab');
    }
  });
});

/** What Node's own parser takes for the body of the first request, or why it takes none. */
async function bodyReadByNode(wire: string): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const body = await new Promise<string>((resolve) => {
    server.on('request', async (request, response) => {
      resolve(await text(request));
      response.end();
    });
    server.on('clientError', (error, socket) => {
      resolve(error.message);
      socket.destroy();
    });
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .write(Buffer.from(wire, 'latin1'));
  });
  server.closeAllConnections();
  server.close();
  return body;
}
