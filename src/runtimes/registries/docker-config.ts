import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { registryName } from '../../support/net/registry-name.ts';
import type { Credentials } from './credentials.ts';

const authSchema = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      authSchema.nullish().transform((entry) => entry ?? {}),
    )
    .nullish(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
});

/** What Docker's configuration file has about one registry. */
export interface DockerLogin {
  readonly credentials: Credentials | undefined;
  /** A credential helper, and what it is to be asked for. */
  readonly helper: { readonly name: string; readonly server: string } | undefined;
}

const dockerHub = 'docker.io';
// By this name logins to Docker Hub are stored, and helpers are asked for them.
const dockerHubServer = 'https://index.docker.io/v1/';

/**
 * Reads config.json as `docker login` leaves it, each time anew: logins come and go.
 * @throws ExecError IMAGE_PULL_FAILED for a file that cannot be understood, repeating nothing of it
 */
export async function readDockerLogin(directory: string, registry: string): Promise<DockerLogin> {
  const path = join(directory, 'config.json');
  const { auths, credHelpers, credsStore } = parseConfig(await readIfThere(path), path);
  const own = entryFor(auths ?? {}, registry);
  const helper = entryFor(credHelpers ?? {}, registry)?.value;
  const server = registry === dockerHub ? dockerHubServer : registry;
  if (helper !== undefined) return { credentials: undefined, helper: { name: helper, server } };
  const credentials = own === undefined ? undefined : credentialsOf(own.value, path);
  if (credentials !== undefined || credsStore === undefined) return { credentials, helper: undefined };
  return { credentials: undefined, helper: { name: credsStore, server: own?.key ?? server } };
}

function entryFor<T>(entries: Readonly<Record<string, T>>, registry: string) {
  const found = Object.entries(entries).find(([key]) => registryIn(key) === registry);
  return found && { key: found[0], value: found[1] };
}

/** `https://registry.example.com/v2/` → `registry.example.com` */
function registryIn(key: string): string {
  const host = registryName(key.replace(/^https?:\/\//, '').split('/')[0] ?? '');
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? dockerHub : host;
}

function credentialsOf(entry: z.infer<typeof authSchema>, source: string): Credentials | undefined {
  if (entry.identitytoken !== undefined && entry.identitytoken !== '')
    return { identityToken: entry.identitytoken, source };
  const [user = '', ...rest] = Buffer.from(entry.auth ?? '', 'base64')
    .toString()
    .split(':');
  if (rest.length > 0) return { user, password: rest.join(':').replace(/\0+$/, ''), source };
  const { username, password } = entry;
  return username === undefined || password === undefined ? undefined : { user: username, password, source };
}

function parseConfig(content: string | undefined, path: string): z.infer<typeof configSchema> {
  if (content === undefined) return {};
  try {
    return configSchema.parse(JSON.parse(content));
  } catch {
    // The error would quote the file.
    throw new ExecError('IMAGE_PULL_FAILED', `${path} is no configuration file of Docker's. Fix it, or log in again.`);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new ExecError('IMAGE_PULL_FAILED', `${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
