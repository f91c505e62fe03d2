import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { inSandbox } from '../../src/runtimes/contract/bench.contract.ts';
import { createDockerRuntime, type DockerRuntime } from '../../src/runtimes/docker/create-docker-runtime.ts';
import type { DockerLimits } from '../../src/runtimes/docker/docker-options.ts';
import type { PullProgress } from '../../src/runtimes/runtime.ts';
import { noWarm } from '../../src/runtimes/warm/warm-options.ts';
import { systemClock } from '../../src/support/time/clock.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import { removeTree } from '../../src/workspace/tree/remove-tree.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { startEndlessRegistry } from '../parts/images/endless-registry.ts';
import { makeBusyboxImage } from '../parts/images/make-busybox-image.ts';
import { type Registry, startRegistry } from '../parts/images/registry.ts';
import { registryAccess } from '../parts/images/registry-access.ts';
import { isWaiting } from '../parts/is-waiting.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { eagerWarm } from '../warm/open-warm-sandboxes.ts';

const never = new AbortController().signal;
const imageBytes = 3 * 1024 ** 2;
const unpackedBytes = 64 * 1024 ** 2;

describeWith(['docker', 'registry'], 'images of a registry', () => {
  let registry: Registry;
  let runtime: DockerRuntime;
  let workDir: string;
  let image: string;
  let published = 0;

  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry.stop());

  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'docker-images-'));
    runtime = openRuntime(workDir);
    published += 1;
    image = `${registry.address}/tool-${published}:1`;
    await publishImage(image);
  });
  afterEach(async () => {
    await forget(image);
    await runtime.close();
    await removeTree(workDir);
  });

  const ensure = (pull: 'missing' | 'always' | 'never', onProgress?: (progress: PullProgress) => void) =>
    runtime.images.ensure(
      image,
      onProgress === undefined ? { pull, signal: never } : { pull, signal: never, onProgress },
    );

  test('five who wait for one image share one pull, and all of them hear how far it is', async () => {
    const told: PullProgress[][] = [[], [], [], [], []];
    const found = await Promise.all(told.map((own) => ensure('missing', (progress) => own.push(progress))));
    expect(new Set(found.map(({ digest }) => digest)).size).toBe(1);
    expect(await manifestRequests(registry, image, 'GET')).toBe(1);
    for (const own of told) {
      expect(own.length).toBeGreaterThan(2);
      expect(own.at(-1)).toMatchObject({ reference: image });
      expect(own.at(-1)?.receivedBytes).toBeGreaterThan(imageBytes / 2);
      expect(own.at(-1)?.totalBytes).toBe(own.at(-1)?.receivedBytes);
    }
  });

  test('pull: an image that has more to download than its bound is not pulled, and its size is read before it comes', async () => {
    const bounded = openRuntime(workDir, { pullBytes: imageBytes / 3 });
    try {
      await expect(bounded.images.ensure(image, { pull: 'missing', signal: never })).rejects.toMatchObject({
        code: 'IMAGE_PULL_FAILED',
        message: expect.stringMatching(/to download.*EXEC_IMAGE_STORE_MAX/),
      });
      await expect(ensure('never')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    } finally {
      await bounded.close();
    }
  });

  test('pull: a small layer that unpacks to more than its bound is refused, and nothing of it stays', async () => {
    const bomb = image.replace('/tool-', '/bomb-');
    await publishImage(bomb, Buffer.alloc(unpackedBytes));
    const bounded = openRuntime(workDir, { pullBytes: unpackedBytes / 4 });
    try {
      for (const pull of ['missing', 'always'] as const)
        await expect(bounded.images.ensure(bomb, { pull, signal: never })).rejects.toMatchObject({
          code: 'IMAGE_PULL_FAILED',
          message: expect.stringMatching(/takes .* may take .*EXEC_IMAGE_STORE_MAX/),
        });
      const kept = bounded.images.ensure(bomb, { pull: 'never', signal: never });
      await expect(kept).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      expect((await runtime.images.ensure(bomb, { pull: 'missing', signal: never })).digest).toMatch(/^sha256:/);
    } finally {
      await bounded.close();
      await forget(bomb);
    }
  });

  test('pull: images that are pulled at the same time and together take more than one may do not stop each other', async () => {
    const pair = ['a', 'b'].map((letter) => ({ letter, name: image.replace('/tool-', `/pair-${letter}-`) }));
    for (const { letter, name } of pair) await publishImage(name, Buffer.alloc(unpackedBytes, letter));
    const bounded = openRuntime(workDir, { pullBytes: unpackedBytes * 1.5, unpackCheckMs: 5 });
    try {
      const pulled = pair.map(({ name }) => bounded.images.ensure(name, { pull: 'missing', signal: never }));
      const digests = (await Promise.all(pulled)).map(({ digest }) => digest);
      expect(new Set(digests).size).toBe(2);
    } finally {
      await bounded.close();
      for (const { name } of pair) await forget(name);
    }
  });

  test('pull: a layer without end is stopped at the bound', async () => {
    const endless = await startEndlessRegistry();
    const bounded = openRuntime(workDir, { pullBytes: 8 * imageBytes });
    try {
      const asked = bounded.images.ensure(`${endless.address}/endless:1`, { pull: 'missing', signal: never });
      await expect(asked).rejects.toMatchObject({
        code: 'IMAGE_PULL_FAILED',
        message: expect.stringMatching(/to download.*EXEC_IMAGE_STORE_MAX/),
      });
      await endless.isLeft;
    } finally {
      await bounded.close();
      await endless.close();
    }
  });

  test('one who leaves does not spoil the pull for the others', async () => {
    const abort = new AbortController();
    const left = runtime.images.ensure(image, { pull: 'missing', signal: abort.signal });
    const stayed = ensure('missing');
    abort.abort(new Error('no longer needed'));
    await expect(left).rejects.toThrow('no longer needed');
    expect((await stayed).digest).toMatch(/^sha256:/);
  });

  test('the digest is the registry’s, and the image can be asked for by it', async () => {
    const { digest } = await ensure('missing');
    expect(digest).toBe(await digestInRegistry(registry, image));
    const byDigest = `${image.replace(/:1$/, '')}@${digest}`;
    expect(await runtime.images.ensure(byDigest, { pull: 'never', signal: never })).toMatchObject({ digest });
  });

  test('an image that is here is pulled again only with "always"', async () => {
    await ensure('missing');
    const before = await manifestRequests(registry, image, 'HEAD');
    await ensure('missing');
    await ensure('never');
    expect(await manifestRequests(registry, image, 'HEAD')).toBe(before);
    await ensure('always');
    expect(await manifestRequests(registry, image, 'HEAD')).toBe(before + 1);
  });

  test('a tag that the registry does not have is IMAGE_NOT_FOUND with its reason', async () => {
    const reference = image.replace(/:1$/, ':2');
    await expect(runtime.images.ensure(reference, { pull: 'missing', signal: never })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringMatching(new RegExp(`"${reference}".*manifest unknown.*Check its name`)),
    });
  });

  test('a registry that does not answer is IMAGE_PULL_FAILED with the reason and the fix', async () => {
    await expect(runtime.images.ensure('127.0.0.1:1/tool', { pull: 'missing', signal: never })).rejects.toMatchObject({
      code: 'IMAGE_PULL_FAILED',
      message: expect.stringMatching(/"127\.0\.0\.1:1\/tool:latest".*connection refused.*cannot be reached/),
    });
  });

  test('a registry that wants a login is IMAGE_PULL_FAILED and says so', async () => {
    const closed = await startRegistry({ login: { user: 'someone', password: 'secret' } });
    try {
      const failure = runtime.images.ensure(`${closed.address}/tool:1`, { pull: 'missing', signal: never });
      await expect(failure).rejects.toMatchObject({
        code: 'IMAGE_PULL_FAILED',
        message: expect.stringMatching(/wants a login, and the agent has none.*docker login/),
      });
    } finally {
      await closed.stop();
    }
  });

  test('a pull that breaks in the middle is IMAGE_PULL_FAILED, and works once the registry is fixed', async () => {
    const blob = await largestFile(registry.storage);
    const { size } = await stat(blob);
    const content = await readFile(blob);
    await truncate(blob, Math.floor(size / 2));
    await expect(ensure('missing')).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' });
    await writeFile(blob, content);
    expect((await ensure('missing')).digest).toMatch(/^sha256:/);
  });

  test('pruning removes what a registry can bring back, and nothing that is used or was made here', async () => {
    await ensure('missing');
    const names = async () => (await runtime.images.list()).flatMap(({ references }) => references);
    const { size } = await withContainerOf(image, async () => {
      await runtime.images.prune({ keepBytes: 0 });
      return { size: (await names()).length };
    });
    expect(await names()).toContain(image);
    expect(await runtime.images.prune({ keepBytes: Number.MAX_SAFE_INTEGER })).toEqual([]);
    const removed = await runtime.images.prune({ keepBytes: 0 });
    expect(removed.flatMap(({ references }) => references)).toEqual([image]);
    expect(await names()).toContain('alpine:latest');
    expect((await names()).length).toBe(size - 1);
  });

  test('pruning: a warm container that waits is removed with its image', async () => {
    const warm = openRuntime(workDir, {}, eagerWarm);
    const api = createDockerApi(inject('docker').host.slice('unix://'.length));
    const reference = image.replace('/tool-', '/warm-');
    try {
      const made = await makeBusyboxImage({ name: 'warm-pruned' }, (archive) => api.load(archive));
      const [repo, tag] = splitTag(reference);
      await callEngine('POST', `/images/${made}/tag?repo=${repo}&tag=${tag}`);
      await callEngine('DELETE', `/images/${made}`);
      await push(reference);
      const found = await warm.images.ensure(reference, { pull: 'never', signal: never });
      const fixed = { env: {}, readOnlyRoot: false, ignoreError: false } as const;
      const step = { step: { image: { reference, pull: 'never' as const }, ...fixed }, image: found };
      await inSandbox(warm, { steps: [step] }, async () => undefined);
      const waiting = async () => (await api.containers()).filter(isWaiting);
      expect(await becomesTrue(async () => (await waiting()).length > 0, 60_000)).toBe(true);
      const removed = await warm.images.prune({ keepBytes: 0 });
      expect(removed.flatMap(({ references }) => references)).toEqual([reference]);
      expect(await waiting()).toEqual([]);
    } finally {
      await warm.close();
      await forget(reference);
    }
  });
});

describeWith('docker', 'images that are made on the engine', () => {
  test('remove: takes a name, the image with its last one, and nothing that a container uses', async () => {
    const workDir = await mkdtemp(join(tmpdir(), 'docker-images-'));
    const runtime = openRuntime(workDir);
    const [one, two] = [`removal-${randomUUID()}:1`, `removal-${randomUUID()}:2`];
    try {
      await makeImage(one);
      await callEngine('POST', `/images/${one}/tag?repo=${two.slice(0, -2)}&tag=2`);
      const digest = (await runtime.images.list()).find(({ references }) => references.includes(one))?.digest ?? '';
      expect(await runtime.images.remove(one)).toEqual({ references: [one], digest, sizeBytes: 0 });
      expect(await runtime.images.remove(one)).toBe('missing');
      await withContainerOf(two, async () => {
        expect(await runtime.images.remove(two)).toBe('in use');
        expect(await runtime.images.remove(digest)).toBe('in use');
      });
      const removed = await runtime.images.remove(digest);
      expect(removed).toMatchObject({ references: [two], digest });
      expect(removed).toHaveProperty('sizeBytes', expect.any(Number));
      expect((await runtime.images.list()).flatMap(({ references }) => references)).not.toContain(two);
      await expect(runtime.images.remove('NO IMAGE')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    } finally {
      for (const name of [one, two]) await forget(name);
      await runtime.close();
      await removeTree(workDir);
    }
  });
});

function openRuntime(workDir: string, limits: Partial<DockerLimits> = {}, warm = noWarm): DockerRuntime {
  return createDockerRuntime({
    host: inject('docker').host,
    workDir,
    warm,
    transfer: 'bind',
    registries: registryAccess(),
    secretsDir: '/dev/shm/exec-agent-tests',
    logger: createSilentLogger(),
    clock: systemClock,
    limits: { pullProgressIntervalMs: 0, ...limits },
    staging: {
      stage: async () => ({ files: 0, bytes: 0, warnings: [] }),
      collect: async () => ({ files: [], missing: [], uploads: [], failures: [], warnings: [] }),
    },
  });
}

/** Puts an image of one large file into the registry and takes it from the engine again. */
async function publishImage(name: string, data = randomBytes(imageBytes)): Promise<void> {
  await makeImage(name, data);
  await push(name);
  await callEngine('DELETE', `/images/${name}`);
}

async function push(name: string): Promise<void> {
  const [repo, tag] = splitTag(name);
  const pushed = await callEngine('POST', `/images/${repo}/push?tag=${tag}`);
  if (pushed.includes('"error"')) throw new Error(pushed);
}

async function makeImage(name: string, data = randomBytes(imageBytes)): Promise<void> {
  const archive = pack();
  archive.entry({ name: 'data' }, data);
  archive.finalize();
  const [repo, tag] = splitTag(name);
  await callEngine('POST', `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`, archive);
}

async function forget(name: string): Promise<void> {
  await callEngine('DELETE', `/images/${name}?force=1`).catch(() => 'it was not there');
}

async function withContainerOf<T>(name: string, body: () => Promise<T>): Promise<T> {
  const created = await callEngine('POST', '/containers/create', { Image: name, Cmd: ['true'] });
  const id = /"Id":"(\w+)"/.exec(created)?.[1];
  try {
    return await body();
  } finally {
    await callEngine('DELETE', `/containers/${id}`);
  }
}

async function callEngine(method: string, path: string, body?: object | ReturnType<typeof pack>): Promise<string> {
  const socketPath = inject('docker').host.slice('unix://'.length);
  // Even an open registry is only pushed to with some credentials.
  const headers = { 'x-registry-auth': 'e30=', 'content-type': 'application/json' };
  const outgoing = request({ socketPath, method, path, headers });
  if (body !== undefined && 'entry' in body) body.pipe(outgoing);
  else outgoing.end(body && JSON.stringify(body));
  const [response] = await once(outgoing, 'response');
  const answer = await text(response);
  if (response.statusCode >= 400) throw new Error(`${method} ${path}: ${answer}`);
  return answer;
}

async function manifestRequests({ logFile }: Registry, name: string, method: 'GET' | 'HEAD'): Promise<number> {
  const [repo = ''] = splitTag(name);
  const path = `/v2/${repo.replace(/^[^/]*\//, '')}/manifests/`;
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  return lines.filter((line) => line.includes(`"${method} ${path}`)).length;
}

async function digestInRegistry({ address }: Registry, name: string): Promise<string | null> {
  const [repo = '', tag] = splitTag(name);
  const url = `http://${address}/v2/${repo.replace(/^[^/]*\//, '')}/manifests/${tag}`;
  const response = await fetch(url, { headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' } });
  return response.headers.get('docker-content-digest');
}

function splitTag(name: string): readonly [string, string] {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}

async function largestFile(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const recent = await Promise.all(files.map(async (path) => ({ path, ...(await stat(path)) })));
  const [newest] = recent.filter(({ size }) => size > imageBytes / 2).sort((a, b) => b.mtimeMs - a.mtimeMs);
  if (newest === undefined) throw new Error(`no blob in ${directory}`);
  return newest.path;
}
