import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { parseGroupLayout } from '../src/runtimes/groups/group-layout.ts';
import { createEngineChoice } from '../src/runtimes/oci/engine/choose-engine.ts';
import { defaultLimits } from '../src/runtimes/oci/oci-options.ts';
import { engineRootsOf, ociPlaces } from '../src/runtimes/oci/oci-places.ts';
import { readFacts } from '../src/runtimes/oci/spec/container-facts.ts';
import { optionsBelow } from '../tests/oci/options-below.ts';

const run = promisify(execFile);

/** The OCI runtime itself, without an agent. */
export interface BareRuntime {
  /** Runs so many containers, so many at once. */
  runMany(containers: number, atOnce: number): Promise<void>;
}

const bundleSchema = z.looseObject({
  process: z.looseObject({ args: z.array(z.string()) }),
  linux: z.looseObject({}),
});

/**
 * Takes the bundle of a container that the agent runs just now, and runs copies of it with the same runtime: the same
 * namespaces, mounts, filter and limits. Its root filesystem is the image's own, read-only, so no layer is made for it.
 * @param config path of the container's config.json
 * @param command what the copies run instead
 */
export async function openBareRuntime(
  config: string,
  { directory, command, slots }: { readonly directory: string; readonly command: string; readonly slots: number },
): Promise<BareRuntime> {
  const facts = await readFacts(config);
  if (facts === undefined) throw new Error(`${config} is not complete`);
  const bundle = bundleSchema.parse(JSON.parse(await readFile(config, 'utf8')));
  const init = bundle.process.args.slice(0, bundle.process.args.indexOf('--') + 1);
  const name = `bench-${process.pid}`;
  for (let slot = 0; slot < slots; slot++) {
    const place = join(directory, `bundle-${slot}`);
    await mkdir(place, { recursive: true });
    const own = {
      ...bundle,
      root: { path: facts.lower, readonly: true },
      process: { ...bundle.process, args: [...init, command] },
      linux: { ...bundle.linux, cgroupsPath: `/${name}-${slot}` },
    };
    await writeFile(join(place, 'config.json'), JSON.stringify(own));
  }
  const options = optionsBelow(join(directory, 'engine'));
  const layout = parseGroupLayout(await readFile('/proc/self/mountinfo', 'utf8'));
  const closing = new AbortController();
  const parts = {
    options,
    limits: defaultLimits,
    places: ociPlaces(options, [engineRootsOf(options).disk]),
    layout,
    closed: closing.signal,
  };
  const { way } = await createEngineChoice(parts).usual();
  closing.abort();
  const script = `[ -z "$1" ] || umount "$1"
seq "$2" | xargs -P"$3" -I{} --process-slot-var=SLOT sh -c 'exec "$1" --root "$2/state" run --bundle "$2/bundle-$SLOT" "$3-{}"' xargs "$4" "$5" "$6"`;
  return {
    async runMany(containers, atOnce) {
      const values = [way.hidden ?? '', String(containers), String(atOnce), way.path, directory, name];
      await run('unshare', ['-m', '--propagation', 'slave', '/bin/sh', '-c', script, 'bare', ...values]);
    },
  };
}

/** The config.json of the one container that an agent is running. @throws when there is none */
export async function findBundle(workDir: string): Promise<string> {
  const files = await readdir(workDir, { recursive: true });
  const found = files.find((path) => /\/containers\/[^/]+\/config\.json$/.test(path));
  if (found === undefined) throw new Error(`there is no container below ${workDir}`);
  return join(workDir, found);
}
