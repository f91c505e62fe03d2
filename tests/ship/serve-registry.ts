import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runCommand } from '../parts/processes/run-command.ts';
import { installedModules } from './installed-modules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A package registry on loopback. */
export interface ServedRegistry {
  readonly url: string;
  close(): Promise<void>;
}

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).optional(),
});

type Manifest = z.infer<typeof manifestSchema>;

interface Installed {
  /** Relative to the project. */
  readonly path: string;
  readonly manifest: Manifest;
}

/** Serves the packages that are installed here, so that a test of an installation needs no network. */
export async function serveRegistry(): Promise<ServedRegistry> {
  const packages = await readInstalled();
  const directory = await mkdtemp(join(tmpdir(), 'registry-'));
  // npm may ask for one twice at a time.
  const packed = new Map<Installed, Promise<string>>();
  const packOnce = (chosen: Installed) => {
    const file = packed.get(chosen) ?? pack(chosen, directory);
    packed.set(chosen, file);
    return file;
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const [name = '', index] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/');
    const versions = packages.get(name) ?? [];
    const chosen = index === undefined ? undefined : versions[Number(index)];
    if (versions.length === 0) response.writeHead(404).end('{}');
    else if (chosen === undefined) response.end(JSON.stringify(packument(name, versions, url)));
    else await pipeline(createReadStream(await packOnce(chosen)), response);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the registry has no address');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await rm(directory, { recursive: true });
    },
  };
}

/** All versions of each package, by its name. */
async function readInstalled(): Promise<ReadonlyMap<string, readonly Installed[]>> {
  const { overrides } = z
    .object({ overrides: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const packages = new Map<string, Installed[]>();
  for (const path of await installedModules()) {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(root, path, 'package.json'), 'utf8')));
    // What is installed here obeys the overrides of the project, which do not reach those who install it.
    for (const [name, range] of Object.entries(overrides))
      if (manifest.dependencies?.[name] !== undefined) manifest.dependencies[name] = range;
    packages.set(manifest.name, [...(packages.get(manifest.name) ?? []), { path, manifest }]);
  }
  return packages;
}

function packument(name: string, versions: readonly Installed[], url: string): object {
  const entries = versions.map(({ manifest }, index) => [
    manifest.version,
    { ...manifest, dist: { tarball: `${url}/${name}/-/${index}` } },
  ]);
  return { name, 'dist-tags': { latest: versions[0]?.manifest.version }, versions: Object.fromEntries(entries) };
}

async function pack({ path, manifest }: Installed, directory: string): Promise<string> {
  const file = join(directory, `${path}-${manifest.version}.tgz`.replaceAll('/', '+'));
  const names = ['--exclude=./node_modules', '--transform=s,^[.],package,', '.'];
  await runCommand('tar', '-C', join(root, path), '--use-compress-program=gzip -1', '-cf', file, ...names);
  return file;
}
