import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { failureOf } from '../../../src/runtimes/contract/bench.contract.ts';
import type { PullProgress } from '../../../src/runtimes/runtime.ts';
import { startEndlessRegistry } from '../../parts/images/endless-registry.ts';
import { startRegistry } from '../../parts/images/registry.ts';
import { registryAccess } from '../../parts/images/registry-access.ts';
import { largestWhile } from '../../parts/measure/largest-while.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import { describeWith } from '../../parts/require-part.ts';
import { makeImage } from '../make-image.ts';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { createIn, never, runStep, withSandbox } from '../run-step.ts';

const MiB = 1024 ** 2;
const missing = { pull: 'missing', signal: never } as const;

/** Where images come from and how they go. */
export function describeImageStore(): void {
  describe('the image store', () => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench({ limits: { pruneGraceMs: 0 } });
    });
    afterAll(() => bench.close());

    test('prunes the images used longest ago, but none that a container stands on', async () => {
      const { images } = bench.runtime;
      for (const name of ['prune/a:1', 'prune/b:1', 'prune/c:1'])
        await makeImage(images, name, (tree) => writeFile(join(tree, 'name'), name));
      await images.ensure('prune/a:1', missing);
      const sizes = new Map((await images.list()).map(({ references, sizeBytes }) => [references[0], sizeBytes]));
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      await withSandbox(bench.runtime, async (sandbox) => {
        await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['true'] });
        const removed = await images.prune({ keepBytes: total - 1 });
        expect(removed.flatMap(({ references }) => references)).toEqual(['prune/b:1']);
        await images.prune({ keepBytes: 0 });
        expect((await images.list()).flatMap(({ references }) => references)).toEqual([bench.images.shell]);
      });
      await expect(images.ensure('prune/a:1', { pull: 'never', signal: never })).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
      });
    });

    test('remove: takes a name, the image with its last one, and nothing that a container uses', async () => {
      const { images } = bench.runtime;
      const source = `docker-archive:${inject('archives').alpine}`;
      const { digest } = await images.importImage(source, 'remove/one:1', never);
      await makeImage(images, 'remove/two:1', (tree) => writeFile(join(tree, 'name'), 'two'));
      await images.importImage(source, 'remove/three:1', never);
      await images.importImage(source, bench.images.shell, never);
      expect(await images.remove('remove/one:1')).toEqual({ references: ['remove/one:1'], digest, sizeBytes: 0 });
      expect(await images.remove('remove/one:1')).toBe('missing');
      await withSandbox(bench.runtime, async (sandbox) => {
        await createIn(bench.runtime, sandbox, bench.images.shell, { command: ['true'] });
        expect(await images.remove('remove/three:1')).toMatchObject({ sizeBytes: 0 });
        expect(await images.remove(bench.images.shell)).toBe('in use');
        expect(await images.remove(digest)).toBe('in use');
      });
      const removed = await images.remove('remove/two:1');
      expect(removed).toMatchObject({ references: ['remove/two:1'] });
      expect(removed).not.toMatchObject({ sizeBytes: 0 });
      expect((await images.list()).flatMap(({ references }) => references)).not.toContain('remove/two:1');
      await expect(images.remove('NO IMAGE')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    });

    test('takes the same content under two names once', async () => {
      const { images } = bench.runtime;
      const source = `docker-archive:${inject('archives').alpine}`;
      const one = await images.importImage(source, 'twice/one:1', never);
      const two = await images.importImage(source, 'twice/two:1', never);
      expect(two.digest).toBe(one.digest);
      const found = (await images.list()).filter(({ digest }) => digest === one.digest);
      expect(found).toHaveLength(1);
      expect(found[0]?.references).toEqual(expect.arrayContaining(['twice/one:1', 'twice/two:1']));
    });

    test('refuses an image that is larger than the store', async () => {
      const runtime = await bench.open({ imageStoreMaxBytes: 100_000 });
      const source = `docker-archive:${inject('archives').alpine}`;
      await expect(runtime.images.importImage(source, 'large/image:1', never)).rejects.toMatchObject({
        code: 'IMAGE_PULL_FAILED',
        message: expect.stringContaining('EXEC_IMAGE_STORE_MAX'),
      });
      expect((await runtime.images.list()).flatMap(({ references }) => references)).not.toContain('large/image:1');
    });

    test('a small layer that unpacks to more than the store may hold is stopped while it is unpacked', async () => {
      const runtime = await bench.open({ imageStoreMaxBytes: 50 * MiB, limits: { unpackCheckMs: 20 } });
      const incoming = join(bench.base, 'images/incoming');
      const unpackedMiB = async () => Number.parseInt(await runCommand('du', '-skx', incoming), 10) / 1024;
      const make = makeImage(runtime.images, 'bomb/bytes:1', (tree) =>
        runCommand('dd', 'if=/dev/zero', `of=${join(tree, 'zeros')}`, 'bs=1M', 'count=400'),
      );
      const { result, largest } = await largestWhile(failureOf(make), unpackedMiB);
      expect(result).toMatchObject({
        code: 'IMAGE_PULL_FAILED',
        message: expect.stringContaining('EXEC_IMAGE_STORE_MAX'),
      });
      expect(largest).toBeLessThan(350);
      expect(await readdir(incoming)).toEqual([]);
      expect((await runtime.images.list()).flatMap(({ references }) => references)).not.toContain('bomb/bytes:1');
    });

    test('a layer of more files than an image may have is refused, however small they are', async () => {
      const runtime = await bench.open({ limits: { imageEntries: 5000 } });
      const make = makeImage(runtime.images, 'bomb/files:1', async (tree) => {
        await mkdir(join(tree, 'many'));
        await Promise.all(Array.from({ length: 5000 }, (_, index) => writeFile(join(tree, 'many', String(index)), '')));
      });
      await expect(make).rejects.toMatchObject({
        code: 'IMAGE_PULL_FAILED',
        message: expect.stringContaining('EXEC_IMAGE_FILES_MAX'),
      });
      expect(await readdir(join(bench.base, 'images/incoming'))).toEqual([]);
    });

    test('download: a layer without end is stopped when it is larger than the store', async () => {
      const registry = await startEndlessRegistry();
      try {
        const registries = registryAccess({ settings: { [registry.address]: { insecure: true } } });
        const limits = { pullProgressMs: 20 };
        const runtime = await bench.open({ imageStoreMaxBytes: 8 * MiB, registries, limits });
        const image = `${registry.address}/endless:1`;
        expect(await failureOf(runtime.images.ensure(image, missing))).toMatchObject({
          code: 'IMAGE_PULL_FAILED',
          message: expect.stringMatching(/to download.*EXEC_IMAGE_STORE_MAX/),
        });
        expect(await readdir(join(bench.base, 'images/incoming'))).toEqual([]);
      } finally {
        await registry.close();
      }
    });

    test('says which package is missing when there is no skopeo, and what is here still runs', async () => {
      await bench.runtime.images.importImage(`docker-archive:${inject('archives').alpine}`, bench.images.shell, never);
      const runtime = await bench.open({ commands: { skopeo: '/nonexistent/skopeo' } });
      await expect(runtime.images.ensure('some/image:1', missing)).rejects.toMatchObject({
        code: 'RUNTIME_UNAVAILABLE',
      });
      expect((await runStep(runtime, bench.images.shell, { command: ['echo', 'runs'] })).stdout).toBe('runs\n');
    });

    test('leaves nothing half-made when nobody wants the image any more', async () => {
      const abort = new AbortController();
      const reason = new Error('enough');
      const wanted = bench.runtime.images.ensure('127.0.0.1:1/never/there:1', {
        pull: 'missing',
        signal: abort.signal,
      });
      abort.abort(reason);
      await expect(wanted).rejects.toBe(reason);
      await expect.poll(() => readdir(join(bench.base, 'images/incoming'))).toEqual([]);
    });

    describeWith('docker', 'beside a Docker Engine', () => {
      test('uses the images that the engine has', async () => {
        const runtime = await bench.open({ dockerHost: inject('docker').host });
        const progress: PullProgress[] = [];
        const onProgress = (step: PullProgress) => void progress.push(step);
        const image = await runtime.images.ensure('alpine:latest', { ...missing, onProgress });
        expect(image.digest).toMatch(/^sha256:/);
        expect((await runStep(runtime, 'alpine', { command: ['echo', 'here'] })).stdout).toBe('here\n');
      });
    });

    describeWith('registry', 'with a registry', () => {
      const insecurely = (address: string) => registryAccess({ settings: { [address]: { insecure: true } } });

      test('pulls, by tag and by digest, and shares one pull among many', async () => {
        const registry = await startRegistry();
        try {
          const name = `${registry.address}/team/tool`;
          const digest = await push(`${name}:1`);
          const runtime = await bench.open({ registries: insecurely(registry.address) });
          const wanted = Array.from({ length: 5 }, () => runtime.images.ensure(`${name}:1`, missing));
          const [first, ...others] = await Promise.all(wanted);
          expect(first).toMatchObject({ digest, id: expect.stringMatching(/^sha256:/) });
          for (const other of others) expect(other).toEqual(first);
          const byDigest = await runtime.images.ensure(`${name}@${digest}`, missing);
          expect(byDigest).toMatchObject({ digest, id: first?.id });
          expect((await runStep(runtime, `${name}@${digest}`, { command: ['echo', 'x'] })).stdout).toBe('x\n');

          await expect(runtime.images.ensure(`${name}:2`, missing)).rejects.toMatchObject({
            code: 'IMAGE_NOT_FOUND',
            message: expect.stringContaining(`${name}:2`),
          });
        } finally {
          await registry.stop();
        }
        await expect(
          bench.runtime.images.ensure(`${registry.address}/team/tool:1`, { pull: 'always', signal: never }),
        ).rejects.toMatchObject({
          code: 'IMAGE_PULL_FAILED',
        });
      });
    });

    async function push(name: string): Promise<string> {
      const digestFile = join(bench.base, 'pushed');
      const options = ['--dest-tls-verify=false', '--digestfile', digestFile];
      await runCommand('skopeo', 'copy', ...options, `docker-archive:${inject('archives').alpine}`, `docker://${name}`);
      return (await runCommand('cat', digestFile)).trim();
    }
  });
}
