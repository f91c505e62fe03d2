import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram } from '../../../src/support/processes/find-program.ts';
import { runCommand } from '../processes/run-command.ts';
import { makeBusyboxTree } from './busybox-tree.ts';
import { writeImageArchive } from './image-archive.ts';

/**
 * Puts an image of busybox, with the text in its file /content, into a registry.
 * @param flags for skopeo: credentials, certificates
 * @param files further ones, by path in the image
 * @returns the digest by which the registry knows it
 */
export async function publishImage(
  name: string,
  content: string,
  flags: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'publish-'));
  try {
    const tree = join(directory, 'tree');
    await makeBusyboxTree(tree, (await findProgram('busybox', '')) ?? '');
    for (const [path, text] of Object.entries({ content, ...files })) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), text);
    }
    const [file, digestFile] = [join(directory, 'image.tar'), join(directory, 'digest')];
    await writeImageArchive(file, { name: 'published:1', tree, command: ['cat', '/content'], labels: {} });
    const options = ['--dest-tls-verify=false', '--digestfile', digestFile, ...flags];
    await runCommand('skopeo', 'copy', ...options, `docker-archive:${file}`, `docker://${name}`);
    return (await readFile(digestFile, 'utf8')).trim();
  } finally {
    await rm(directory, { recursive: true });
  }
}
