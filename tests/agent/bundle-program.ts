import { mkdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a program reads at run time, and where it looks for that beside itself. */
const readAtRunTime = [
  ['package.json', 'package.json'],
  ['schema', 'schema'],
  ['node_modules', 'node_modules'],
  ['src/runtimes', 'code/runtimes'],
] as const;

/** They read large messages and check large graphs, in files of their own. */
const threads = ['gateways/message/draft/draft-thread.ts', 'outputs/graph/graph-thread.ts'];

/**
 * Puts a TypeScript program into one JavaScript file, as `npm run build` does: it starts in a fifth of the processor time
 * that its sources take, which counts where agents are started by the dozen.
 * @param directory is made; it outlives the program
 * @returns the file's path
 */
export async function bundleProgram(program: string, directory: string): Promise<string> {
  for (const [path, place] of readAtRunTime) {
    await mkdir(dirname(join(directory, place)), { recursive: true });
    await symlink(join(root, path), join(directory, place));
  }
  const outfile = join(directory, 'code', basename(program).replace(/\.ts$/, '.mjs'));
  await bundle(program, outfile);
  for (const thread of threads)
    await bundle(join(root, 'src', thread), join(directory, 'code', thread.replace(/\.ts$/, '.js')));
  // Else a process waits for more to build.
  await stop();
  return outfile;
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Large, and loaded only where a store in S3 is set.
    external: ['@aws-sdk/*'],
    // Packages in CommonJS ask it for what Node.js brings along.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}
