import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import { pathAt } from '../../workspace/beneath/open-beneath.ts';
import type { Survey } from './survey-root.ts';

/** More links one after the other than a program makes on purpose. */
const maxHops = 8;

type Surveyed = Pick<Survey, 'root' | 'volume' | 'above' | 'files' | 'others' | 'followed'>;

/**
 * The regular file below the same root that a link leads to, through other links too; undefined when it leads out, to
 * something else, or by way of a linked directory. The path is only computed: the code that opens the file follows no link.
 */
export async function followLink(name: string, survey: Surveyed): Promise<string | undefined> {
  const { followed } = survey;
  if (!followed.has(name)) followed.set(name, await follow(name, survey));
  return followed.get(name);
}

async function follow(name: string, survey: Surveyed): Promise<string | undefined> {
  let current: string | undefined = name;
  for (let hops = 0; hops < maxHops && current !== undefined; hops += 1) {
    if (survey.others.get(current) !== 'symbolic link') return undefined;
    current = await targetOf(current, survey);
    if (current !== undefined && survey.files.has(current)) return current;
  }
  return undefined;
}

async function targetOf(name: string, { root, volume, above }: Surveyed): Promise<string | undefined> {
  const parts = partsOf(name);
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  const text = await volume.within(
    [...above, ...parts.slice(0, -1)],
    // It may have gone meanwhile, or be something else.
    (directory) => readlink(pathAt(directory, last)).catch(() => undefined),
    () => undefined,
  );
  if (text === undefined || climbsBack(text)) return undefined;
  const target = posix.resolve(root, posix.dirname(name), text);
  return target.startsWith(`${root}/`) ? target.slice(root.length + 1) : undefined;
}

/** Behind a directory, which could be a link, `..` need not be what is above it in the text. */
function climbsBack(text: string): boolean {
  const parts = text.split('/');
  const firstDown = parts.findIndex((part) => part !== '..' && part !== '.');
  return firstDown !== -1 && parts.slice(firstDown).includes('..');
}
