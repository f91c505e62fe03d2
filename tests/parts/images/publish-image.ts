import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command.ts';
import { busyboxLayer } from './busybox-layer.ts';
import { writeImageArchive } from './image-archive.ts';
import { writeFiles } from './write-files.ts';

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
    await writeFiles(tree, { content, ...files });
    const [file, digestFile] = [join(directory, 'image.tar'), join(directory, 'digest')];
    const layers = { base: await busyboxLayer(), tree };
    await writeImageArchive(file, { name: 'published:1', ...layers, command: ['cat', '/content'], labels: {} });
    const options = ['--dest-tls-verify=false', '--digestfile', digestFile, ...flags];
    await runCommand('skopeo', 'copy', ...options, `docker-archive:${file}`, `docker://${name}`);
    return (await readFile(digestFile, 'utf8')).trim();
  } finally {
    await rm(directory, { recursive: true });
  }
}
