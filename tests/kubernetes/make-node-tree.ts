import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand } from '../parts/processes/run-command.ts';

/** Fills a directory with the Node.js of this process and the libraries that it is linked with, about 105 MB. */
export async function makeNodeTree(tree: string): Promise<void> {
  for (const name of ['bin', 'lib', 'etc', 'tmp', 'dev', 'proc', 'sys'])
    await mkdir(join(tree, name), { recursive: true });
  await cp(process.execPath, join(tree, 'bin/node'), { dereference: true });
  const listed = await runCommand('ldd', process.execPath);
  for (const [, name = '', path = ''] of listed.matchAll(/^\s*(\S+) => (\/\S+)/gm))
    await cp(path, join(tree, 'lib', basename(name)), { dereference: true });
  const loader = /^\s*(\/\S+\/ld-linux\S*)/m.exec(listed)?.[1];
  if (loader === undefined) throw new Error(`${process.execPath} names no program loader`);
  await cp(loader, join(tree, loader), { dereference: true, recursive: true }).catch(async () => {
    await mkdir(dirname(join(tree, loader)), { recursive: true });
    await symlink(join('/lib', basename(loader)), join(tree, loader));
  });
  await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0::/:/bin/false\n');
}
