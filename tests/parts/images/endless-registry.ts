import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

// A copy that compresses it makes it no smaller.
const piece = randomBytes(256 * 1024);
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A registry with an image whose only layer never ends. */
export async function startEndlessRegistry() {
  const layer = digestOf('nobody gets to the end of it');
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer] },
  });
  const types = 'application/vnd.oci.image';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${types}.manifest.v1+json`,
    config: { mediaType: `${types}.config.v1+json`, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: `${types}.layer.v1.tar`, digest: layer, size: 1_000_000_000_000 }],
  });
  let leave: () => void = () => undefined;
  const isLeft = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const server = createServer((request, response) => {
    const { url = '' } = request;
    if (url.includes('/manifests/'))
      response
        .writeHead(200, {
          'content-type': `${types}.manifest.v1+json`,
          'docker-content-digest': digestOf(manifest),
          'content-length': manifest.length,
        })
        .end(request.method === 'HEAD' ? undefined : manifest);
    else if (url.endsWith(digestOf(config))) response.end(config);
    else if (url.endsWith(layer)) {
      const zeros = Readable.from(forever());
      response.on('close', () => {
        zeros.destroy();
        leave();
      });
      zeros.pipe(response);
    } else response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return {
    address: `127.0.0.1:${address.port}`,
    /** Resolves when who asked for the layer does not want more of it. */
    isLeft,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function* forever() {
  for (;;) yield piece;
}
