import { randomUUID } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Config } from '../../agent/config/config-schema.ts';
import { claimPlaces } from '../../agent/runtime/claim-places.ts';
import { createShortageWatch } from '../../agent/watch/watch-shortage.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { checkDirectory } from '../../support/directories/claim-directory.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { Check } from './check.ts';

const section = 'Places';

/** Whether the data directory can be written to, by writing to it, and whether an agent would take work here. */
export async function checkDataDir(config: Config): Promise<Check> {
  const directory = resolve(config.dataDir);
  const name = 'data directory';
  try {
    await claimPlaces(config);
    const probe = join(directory, `.doctor-${randomUUID()}`);
    await writeFile(probe, '');
    await rm(probe);
    const { bavail, bsize } = await statfs(directory);
    const detail = `${directory}, ${formatBytes(bavail * bsize)} free`;
    const { minFreeDisk, minFreeMemory } = config;
    const shortage = await createShortageWatch({ workDir: directory, minFreeDisk, minFreeMemory, holdMs: 0 })();
    if (shortage === undefined) return { section, name, state: 'ok', detail };
    const cure = 'Free some space, or lower the setting. Until then the agent takes no work.';
    return { section, name, state: 'warn', detail: shortage, cure };
  } catch (error) {
    if (error instanceof ExecError) return { section, name, state: 'bad', detail: error.message };
    return {
      section,
      name,
      state: 'bad',
      detail: `${directory} cannot be written to: ${messageOf(error)}`,
      cure: 'Run as a user with write access, or set EXEC_DATA_DIR to a directory of your own.',
    };
  }
}

/** Whether secrets could come to containers as files. A directory that is missing is made with the first of them. */
export async function checkSecretsMemory({ secretsMemory }: Config): Promise<Check> {
  const name = 'secrets as files';
  try {
    const path = resolve(secretsMemory);
    const found = await checkDirectory({ path, setting: 'EXEC_SECRETS_MEMORY' });
    return { section, name, state: 'ok', detail: found ?? `${path}, created when needed` };
  } catch (error) {
    return { section, name, state: 'warn', detail: messageOf(error) };
  }
}

/** Whether the object store takes, gives back and removes an object. */
export async function checkStore(store: ObjectStore, signal: AbortSignal): Promise<Check> {
  const name = 'object store';
  const key = { name: `doctor/${randomUUID()}` };
  const content = 'exec-agent doctor';
  try {
    await store.put(key, Readable.from([Buffer.from(content)]), signal);
    const { body } = await store.get(key, signal);
    const found = await text(body);
    await store.remove(key, signal);
    if (found === content)
      return {
        section,
        name,
        state: 'ok',
        detail: `${store.name}, bucket ${store.defaultBucket}: wrote, read, removed`,
      };
    return { section, name, state: 'bad', detail: `${store.name} returned different data than was stored` };
  } catch (error) {
    signal.throwIfAborted();
    return { section, name, state: 'bad', detail: messageOf(error) };
  }
}
