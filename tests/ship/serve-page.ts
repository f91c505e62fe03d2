import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** A web page of a program, on this machine. */
export interface ServedPage {
  readonly origin: string;
  /** What the program has sent by `fetch('/told', { method: 'POST', body })`. */
  readonly told: Promise<string>;
  close(): Promise<void>;
}

/** @param program asked for when the page is loaded, so that it may name the page's origin */
export async function servePage(program: () => string): Promise<ServedPage> {
  const pages: Readonly<Record<string, () => readonly [type: string, body: string]>> = {
    '/': () => ['text/html', '<!doctype html><title>page</title><script type="module" src="/program.js"></script>'],
    '/program.js': () => ['text/javascript', program()],
  };
  let tell: (what: string) => void = () => undefined;
  const told = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      tell(await text(request));
      response.end();
      return;
    }
    const page = pages[request.url ?? '']?.();
    if (page === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', page[0]).end(page[1]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the page has no address');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    told,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
