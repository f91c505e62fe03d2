import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { architectureOfNode, readProgram } from '../../src/runtimes/freestanding/read-program.ts';
import { writeImageArchive } from '../parts/images/image-archive.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import type { Cluster } from './cluster/open-cluster.ts';
import { makeNodeTree } from './make-node-tree.ts';

const root = new URL('../../', import.meta.url);

/** Where the image has the program, as the Dockerfile puts it. */
export const programs = '/opt/exec-agent';

export interface WholeImage {
  readonly name: string;
  /** What /etc/registries.yaml has. */
  readonly registries: object;
}

/** Gives the node the image that the Dockerfile describes, made from what is installed here. */
export async function loadWholeImage(cluster: Cluster, { name, registries }: WholeImage): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'agent-image-'));
  try {
    const tree = join(directory, 'tree');
    await mkdir(tree);
    await makeNodeTree(tree);
    await cp(fileURLToPath(new URL('dist', root)), join(tree, programs, 'dist'), { recursive: true });
    for (const part of ['package.json', 'schema'])
      await cp(fileURLToPath(new URL(part, root)), join(tree, programs, part), { recursive: true });
    // A build that exchanges dist/ meanwhile leaves half of it.
    await runCommand(process.execPath, join(tree, programs, 'dist/cli/main.js'), '--version');
    const hold = await readProgram('keeper/hold/program/hold', architectureOfNode[process.arch] ?? 'amd64');
    await writeFile(join(tree, 'hold'), hold, { mode: 0o755 });
    // YAML is a superset of JSON.
    await writeFile(join(tree, 'etc/registries.yaml'), JSON.stringify(registries));
    const config = {
      Entrypoint: ['/bin/node', `${programs}/dist/cli/main.js`],
      Env: ['LD_LIBRARY_PATH=/lib', 'PATH=/bin', 'NODE_ENV=production'],
    };
    const archive = join(directory, 'image.tar');
    await writeImageArchive(archive, { name, tree, command: ['serve'], labels: {}, config });
    await cluster.loadImage(archive);
  } finally {
    await rm(directory, { recursive: true });
  }
}
