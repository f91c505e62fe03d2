import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import { removeContainer } from '../container/remove-container.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { createHelper } from '../helpers/helper-container.ts';
import { labels } from '../labels.ts';

/** Undefined: bind mounts work. Otherwise why they do not. */
export type Obstacle = string | undefined;

const target = '/probe';
const markerName = 'marker';

/**
 * Whether containers can use directories of ours as bind mounts. It is proven, by an engine that reads back a secret
 * which was written there: an address says nothing about it, for behind a socket may be another machine, behind TCP this one.
 */
export async function findBindObstacle(engine: Engine, workDir: string): Promise<Obstacle> {
  const { securityOptions } = await engine.facts();
  if (process.getuid?.() !== 0) return 'only root can read and remove all that containers leave in a directory';
  if (securityOptions.includes('userns')) return "the engine's containers have users of their own (userns-remap)";
  if (securityOptions.includes('selinux'))
    return 'SELinux keeps containers from directories that are not labelled for them';
  return findPathObstacle(engine, workDir);
}

async function findPathObstacle(engine: Engine, workDir: string): Promise<Obstacle> {
  const secret = randomUUID();
  const directory = join(workDir, `probe-${secret}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(directory, markerName), secret);
    const mount = { Type: 'bind', Source: directory, Target: target, ReadOnly: true } as const;
    const helper = await createHelper(engine, [mount], { [labels.role]: 'probe' });
    if (!helper.ok) return helper.message;
    try {
      return await readBack(engine, helper.value, secret);
    } finally {
      await removeContainer(engine, helper.value);
    }
  } finally {
    await removeTree(directory);
  }
}

async function readBack(engine: Engine, helper: string, secret: string): Promise<Obstacle> {
  const query = { path: `${target}/${markerName}` };
  const answer = await engine.stream({ method: 'GET', path: `/containers/${helper}/archive`, query });
  if (!answer.ok) return answer.message;
  const { body, explain } = answer.value;
  try {
    let text = '';
    // An archive of one small file: three or four blocks.
    for await (const chunk of body) text += String(chunk);
    return text.includes(secret) ? undefined : 'it finds another file there';
  } catch (error) {
    throw explain(error);
  }
}
