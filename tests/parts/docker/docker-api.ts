import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

const imageSchema = z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullable() });
const containerSchema = z.object({
  Id: z.string(),
  Names: z.array(z.string()),
  Image: z.string(),
  Status: z.string(),
  Labels: z.record(z.string(), z.string()),
});
const networkSchema = z.object({ Id: z.string(), Name: z.string() });
const bridgeSchema = z.object({
  IPAM: z.object({ Config: z.tuple([z.object({ Gateway: z.string() })]) }),
});
const volumesSchema = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullable() });

/** The few calls with which the tests prepare and check their engine, apart from the client that they test. */
export interface DockerApi {
  ping(): Promise<boolean>;
  images(): Promise<readonly z.infer<typeof imageSchema>[]>;
  load(archive: string): Promise<void>;
  /** A further image on the same layers that runs another command. */
  derive(image: string, name: string, command: readonly string[]): Promise<void>;
  /** All that the engine tells of a container. */
  inspect(id: string): Promise<string>;
  kill(id: string): Promise<void>;
  containers(): Promise<readonly z.infer<typeof containerSchema>[]>;
  /** A bridge that leads nowhere but to this machine; returns its address on it. */
  createNetwork(name: string): Promise<string>;
  networks(): Promise<readonly z.infer<typeof networkSchema>[]>;
  volumes(): Promise<readonly string[]>;
  remove(path: `/${'containers' | 'images' | 'networks' | 'volumes'}/${string}`): Promise<void>;
}

export function createDockerApi(socket: string): DockerApi {
  const call = (method: string, path: string, body?: Body) => callDocker(socket, method, path, body);
  const get = async <T>(path: string, schema: z.ZodType<T>) => schema.parse(JSON.parse(await call('GET', path)));
  return {
    ping: () =>
      call('GET', '/_ping').then(
        () => true,
        () => false,
      ),
    images: () => get('/images/json', z.array(imageSchema)),
    load: async (archive) => {
      const answer = await call('POST', '/images/load?quiet=1', { file: archive });
      if (answer.includes('"error"')) throw new Error(`the engine did not load ${archive}: ${answer.trim()}`);
    },
    derive: async (image, name, command) => {
      const created = await call('POST', '/containers/create', { json: { Image: image } });
      const { Id: id } = z.object({ Id: z.string() }).parse(JSON.parse(created));
      const [repo, tag] = name.split(':');
      await call('POST', `/commit?container=${id}&repo=${repo}&tag=${tag}`, { json: { Cmd: command } });
      await call('DELETE', `/containers/${id}`);
    },
    inspect: (id) => call('GET', `/containers/${id}/json`),
    kill: async (id) => {
      await call('POST', `/containers/${id}/kill`);
      await call('POST', `/containers/${id}/wait`);
    },
    containers: () => get('/containers/json?all=1', z.array(containerSchema)),
    createNetwork: async (name) => {
      await call('POST', '/networks/create', { json: { Name: name, Internal: true, CheckDuplicate: true } });
      const { IPAM } = await get(`/networks/${name}`, bridgeSchema);
      return IPAM.Config[0].Gateway;
    },
    networks: () => get('/networks', z.array(networkSchema)),
    volumes: async () => ((await get('/volumes', volumesSchema)).Volumes ?? []).map((volume) => volume.Name),
    remove: async (path) => void (await call('DELETE', `${path}?force=1`)),
  };
}

type Body = { readonly json: unknown } | { readonly file: string };

async function callDocker(socketPath: string, method: string, path: string, body?: Body): Promise<string> {
  const contentType = body !== undefined && 'file' in body ? 'application/x-tar' : 'application/json';
  const outgoing = request({ socketPath, method, path, headers: { 'content-type': contentType } });
  const answered = once(outgoing, 'response');
  if (body !== undefined && 'file' in body)
    await Promise.all([pipeline(createReadStream(body.file), outgoing), answered]);
  else outgoing.end(body === undefined ? undefined : JSON.stringify(body.json));
  const [response]: IncomingMessage[] = await answered;
  if (response === undefined) throw new Error('an answer has a body');
  const answer = await text(response);
  if ((response.statusCode ?? 500) >= 400)
    throw new Error(`${method} ${path}: ${response.statusCode} ${answer.trim()}`);
  return answer;
}
