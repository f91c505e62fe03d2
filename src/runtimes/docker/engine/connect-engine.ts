import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { readJson } from '../../../support/json/read-json.ts';
import type { EngineClient, EngineRequest } from './engine-client.ts';
import { infoSchema, refusalSchema, versionSchema } from './engine-schemas.ts';
import { isConnectionLost } from './explain-connection-error.ts';

/** An engine that said no, in its own words. */
export interface Refusal {
  readonly ok: false;
  readonly status: number;
  readonly message: string;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface EngineFacts {
  readonly apiVersion: string;
  readonly version: string;
  /** Of the runc that it brings; undefined: it does not tell. */
  readonly runcVersion: string | undefined;
  /** `Docker 20.10.24, API 1.41` */
  readonly description: string;
  /** Its waits may resolve before the container has ended. */
  readonly podman: boolean;
  /** `amd64`, `arm64`, …; empty when it does not say. */
  readonly architecture: string;
  readonly limits: boolean;
  /** Who makes its containers' control groups: `cgroupfs`, `systemd`, `none`; undefined: it does not tell. */
  readonly groupDriver: string | undefined;
  /** `local` keeps every byte; `json-file` loses those that are not UTF-8, but every engine has it. */
  readonly logDriver: 'local' | 'json-file';
  /** Its runc ignores the requested mode of a tmpfs and uses the mode of the directory below it. */
  readonly losesTmpfsMode: boolean;
  /** Names of the OCI runtimes that it is configured with. */
  readonly ociRuntimes: readonly string[];
  readonly gpus: boolean;
  /** Where it keeps its layers, as its host calls it; undefined: it does not tell. */
  readonly layersDir: string | undefined;
  /** `seccomp`, `userns`, `selinux`, … */
  readonly securityOptions: readonly string[];
}

/** An engine whose version has been agreed on: the first call does that. */
export interface Engine {
  readonly host: string;
  /** Asked once, unless `refresh` is set. */
  facts(options?: { readonly refresh?: boolean; readonly signal?: AbortSignal }): Promise<EngineFacts>;
  /** What is known of it so far. */
  known(): EngineFacts | undefined;
  /** How often it could not be reached, or went away, so far. */
  losses(): number;
  /** A call whose answer is JSON. */
  ask<T>(request: EngineRequest, schema: z.ZodType<T>): Promise<Answer<T>>;
  /** Sends a call and ignores the body of a successful response. */
  tell(request: EngineRequest): Promise<Answer<undefined>>;
  /** Sends a call with a streamed response. The caller destroys the body. */
  stream(request: EngineRequest): Promise<Answer<EngineStream>>;
  close(): void;
}

export interface EngineStream {
  readonly body: Readable;
  readonly explain: (error: unknown) => unknown;
}

const oldestApi = '1.41';
// The newest API this driver was written for; newer engines go on serving it.
const newestApi = '1.51';
const runcWithTmpfsMode = '1.1.8';

export function connectEngine(rawClient: EngineClient): Engine {
  let losses = 0;
  const client = watchLosses(rawClient, () => {
    losses += 1;
  });
  let known: Promise<EngineFacts> | undefined;
  let latest: EngineFacts | undefined;

  const facts: Engine['facts'] = ({ refresh = false, signal } = {}) => {
    if (known !== undefined && !refresh) return known;
    const asked = readFacts(client, signal);
    // With a signal it belongs to one caller until it has succeeded; one that failed is asked again the next time.
    if (signal === undefined) known = asked;
    asked.then(
      (value) => {
        known = asked;
        latest = value;
      },
      () => {
        if (known === asked) known = undefined;
      },
    );
    return asked;
  };

  const versioned = async (request: EngineRequest): Promise<EngineRequest> => {
    const { apiVersion } = await facts();
    return { ...request, path: `/v${apiVersion}${request.path}` };
  };

  return {
    host: client.host,
    facts,
    known: () => latest,
    losses: () => losses,
    async ask(request, schema) {
      const { status, body } = await client.call(await versioned(request));
      return status >= 300 ? refusalOf(status, body) : { ok: true, value: parse(client.host, request, body, schema) };
    },
    async tell(request) {
      const { status, body } = await client.call(await versioned(request));
      return status >= 300 ? refusalOf(status, body) : { ok: true, value: undefined };
    },
    async stream(request) {
      const { status, body, explain } = await client.open(await versioned(request));
      if (status < 300) return { ok: true, value: { body, explain } };
      return refusalOf(status, await readRefusal(body, explain));
    },
    close: () => client.close(),
  };
}

function watchLosses(client: EngineClient, onLoss: () => void): EngineClient {
  const noteLoss = (error: unknown): never => {
    if (isConnectionLost(error)) onLoss();
    throw error;
  };
  return {
    ...client,
    call: (request) => client.call(request).catch(noteLoss),
    open: (request) => client.open(request).catch(noteLoss),
  };
}

/**
 * The value, or RUNTIME_UNAVAILABLE: for refusals that are nobody's request's fault.
 * @param what the attempt: `create a volume`
 */
export function valueOrThrow<T>(answer: Answer<T>, what: string): T {
  if (answer.ok) return answer.value;
  throw new ExecError('RUNTIME_UNAVAILABLE', `The Docker Engine could not ${what}: ${answer.message}`, {
    context: { status: answer.status },
  });
}

async function readFacts(client: EngineClient, signal: AbortSignal | undefined): Promise<EngineFacts> {
  const ping = await client.call({ method: 'GET', path: '/_ping', signal });
  if (ping.status !== 200) throw strange(client.host, ping.body.toString().trim());
  const offered = String(ping.headers['api-version'] ?? '');
  if (!/^\d+\.\d+$/.test(offered)) throw strange(client.host, 'it names no API version');
  if (compareVersions(offered, oldestApi) < 0) {
    const message = `The Docker Engine at ${client.host} is too old: its API is ${offered}, needed is ${oldestApi} (Docker 20.10) or newer`;
    throw new ExecError('RUNTIME_UNAVAILABLE', message);
  }
  const apiVersion = compareVersions(offered, newestApi) > 0 ? newestApi : offered;
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const request = { method: 'GET', path: `/v${apiVersion}${path}`, signal } as const;
    const { status, body } = await client.call(request);
    if (status !== 200) throw strange(client.host, refusalOf(status, body).message);
    return parse(client.host, request, body, schema);
  };
  const [version, info] = await Promise.all([get('/version', versionSchema), get('/info', infoSchema)]);
  const runc = version.Components?.find(({ Name }) => Name === 'runc')?.Version ?? undefined;
  const podman = version.Components?.some(({ Name }) => /podman/i.test(Name)) ?? false;
  return {
    apiVersion,
    version: version.Version,
    runcVersion: runc,
    description: `${podman ? 'Podman' : 'Docker'} ${version.Version}, API ${apiVersion}`,
    podman,
    architecture: version.Arch ?? '',
    limits: info.MemoryLimit === true && info.PidsLimit === true && info.CpuCfsQuota === true,
    groupDriver: info.CgroupDriver ?? undefined,
    logDriver: info.Plugins?.Log?.includes('local') ? 'local' : 'json-file',
    ociRuntimes: Object.keys(info.Runtimes ?? {}),
    gpus: Object.hasOwn(info.Runtimes ?? {}, 'nvidia') || (info.DiscoveredDevices ?? []).length > 0,
    layersDir: info.DockerRootDir && info.Driver ? posix.join(info.DockerRootDir, info.Driver) : undefined,
    // `name=seccomp,profile=default`
    securityOptions: (info.SecurityOptions ?? []).map((option) => /name=([^,]+)/.exec(option)?.[1] ?? option),
    losesTmpfsMode: runc !== undefined && compareVersions(runc, runcWithTmpfsMode) < 0,
  };
}

/** Below 0 when `a` is older; what stands behind the numbers (`-rc1`, `+ds1`) does not count. */
function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0, patchA = 0] = (a.match(/\d+/g) ?? []).map(Number);
  const [majorB = 0, minorB = 0, patchB = 0] = (b.match(/\d+/g) ?? []).map(Number);
  return majorA - majorB || minorA - minorB || patchA - patchB;
}

function strange(host: string, what: string): ExecError {
  const cure = /HTTP request to an HTTPS server/i.test(what)
    ? 'Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH.'
    : 'Is DOCKER_HOST the address of a Docker Engine?';
  return new ExecError('RUNTIME_UNAVAILABLE', `What answers at ${host} cannot be used: ${what}. ${cure}`);
}

function refusalOf(status: number, body: Buffer): Refusal {
  const text = body.toString();
  return { ok: false, status, message: (messageIn(text) ?? text.trim()) || `status ${status}` };
}

function messageIn(text: string): string | undefined {
  return text.startsWith('{') ? readJson(text, refusalSchema).data?.message : undefined;
}

function parse<T>(host: string, { method, path }: EngineRequest, body: Buffer, schema: z.ZodType<T>): T {
  const { data, problem } = readJson(body.toString(), schema);
  if (problem === undefined) return data;
  const message = `The Docker Engine at ${host} gave an answer to ${method} ${path} that cannot be understood (${problem})`;
  throw new ExecError('RUNTIME_UNAVAILABLE', message);
}

async function readRefusal(body: Readable, explain: (error: unknown) => unknown): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } catch (error) {
    throw explain(error);
  }
}
