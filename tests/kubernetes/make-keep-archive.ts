import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { architectureOfNode, readProgram } from '../../src/runtimes/freestanding/read-program.ts';
import { writeImageArchive } from '../parts/images/image-archive.ts';
import { makeNodeTree } from './make-node-tree.ts';

/** The image that is beside the steps of a pod: Node.js, a program for it at /keep.mjs, and hold at /hold. */
export async function makeKeepArchive(file: string, name: string, entryPoint: string): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), 'keep-image-'));
  try {
    await makeNodeTree(tree);
    await build({
      entryPoints: [{ in: entryPoint, out: 'keep' }],
      outdir: tree,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      // As in the package: some parts are loaded later.
      splitting: true,
      minifyWhitespace: true,
      minifySyntax: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
    });
    const hold = await readProgram('keeper/hold/program/hold', architectureOfNode[process.arch] ?? 'amd64');
    await writeFile(join(tree, 'hold'), hold, { mode: 0o755 });
    const config = { Entrypoint: ['/bin/node', '/keep.mjs'], Env: ['LD_LIBRARY_PATH=/lib'] };
    await writeImageArchive(file, { name, tree, command: [], labels: {}, config });
  } finally {
    // Its helper process would wait for the next build.
    await stop();
    await rm(tree, { recursive: true });
  }
}
