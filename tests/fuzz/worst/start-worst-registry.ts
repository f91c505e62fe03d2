import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';

const MiB = 1024 ** 2;
const documentBytes = 4 * MiB - 1000;
const longLocation = 15_000;
const layers = 20_000;
const digest = `sha256:${'0'.repeat(64)}`;
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const fill = (open: string, item: string, close: string) =>
  `${open}${item.repeat(Math.floor((documentBytes - open.length - close.length) / item.length))}${close}`;

const manifests = fill(
  '{"manifests":[',
  `{"digest":"${digest}","platform":{"architecture":"none","os":"linux"}},`,
  `{"digest":"${digest}"}]}`,
);
const values = fill('{"manifests":[', '[],', '0]}');
const config = fill('{"architecture":"amd64","config":{"Env":[', '"",', '""]}}');
const longText = fill('{"architecture":"amd64","config":{"Env":["', 'é', '"]}}');
const manifestOf = (text: string) => JSON.stringify({ config: { digest: digestOf(text) } });

const documents = new Map([
  ['/v2/manifests/manifests/1', manifests],
  ['/v2/values/manifests/1', values],
  ['/v2/config/manifests/1', manifestOf(config)],
  [`/v2/config/blobs/${digestOf(config)}`, config],
  ['/v2/text/manifests/1', manifestOf(longText)],
  [`/v2/text/blobs/${digestOf(longText)}`, longText],
]);

/** Repositories of the registry, by what is large in its answers. */
export const registryAnswers = ['redirects', 'manifests', 'values', 'config', 'text', 'engine'] as const;

export interface WorstRegistry {
  readonly address: string;
  close(): void;
}

/** A registry whose answers are as large as they may be, and a Docker Engine that pulls an image of very many layers. */
export async function startWorstRegistry(): Promise<WorstRegistry> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry');
    const say = (status: number, body: string, headers = {}) => response.writeHead(status, headers).end(body);
    if (pathname === '/_ping') return say(200, 'OK', { 'api-version': '1.41' });
    if (pathname.endsWith('/version')) return say(200, '{"Version":"20.10.0","ApiVersion":"1.41"}');
    if (pathname.endsWith('/info')) return say(200, '{}');
    if (pathname.endsWith('/images/create')) return tellLayers(response.writeHead(200));
    if (pathname.startsWith('/v2/redirects/')) {
      const location = `${pathname}?n=${Number(searchParams.get('n') ?? 0) + 1}&x=${'a'.repeat(longLocation)}`;
      return say(307, '', { location });
    }
    const body = documents.get(pathname);
    return body === undefined ? say(404, '{"message":"there is none"}') : say(200, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    address: `127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** All that an engine tells while it pulls. */
function tellLayers(response: ServerResponse): void {
  for (const status of ['Pulling fs layer', 'Downloading', 'Download complete'])
    for (let layer = 0; layer < layers; layer += 1)
      response.write(`${JSON.stringify({ status, id: `${layer}`, progressDetail: { current: 1, total: 2 } })}\n`);
  response.end('{"error":"there is no more"}\n');
}
