import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInputCache } from '../../../src/inputs/cache/input-cache.ts';
import { createInputStager } from '../../../src/inputs/create-input-stager.ts';
import { createDirectoryStore } from '../../../src/objects/directory/create-directory-store.ts';
import type { OciRuntime } from '../../../src/runtimes/oci/oci-runtime.ts';
import { createSilentLogger } from '../../../src/telemetry/log.ts';
import type { Input } from '../../../src/wire/plan/plan.ts';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { optionsBelow } from '../options-below.ts';
import { createIn, never, specOf } from '../run-step.ts';

const MiB = 1024 ** 2;
const path = '/workspace/input/data';
const script = `echo changed > ${path}; echo more >> ${path}; chmod 777 ${path}; rm -f ${path}; ln -s /etc/passwd ${path}; truncate -s 0 ${path}
touch ${path}; mv ${path} /workspace/output/moved; ln ${path} /workspace/output/linked && echo changed > /workspace/output/linked; wc -c < ${path}`;

/** What executions of one tenant share. */
export function describeInputCache(): void {
  describe('input cache', () => {
    let bench: OciBench;
    let runtime: OciRuntime;
    beforeAll(async () => {
      bench = await openOciBench();
      const store = createDirectoryStore({ root: join(bench.base, 'cached-objects'), defaultBucket: 'tests' });
      await store.put({ name: 'data' }, Readable.from([Buffer.alloc(MiB, 'x')]), never);
      const cache = createInputCache({
        directory: join(bench.base, 'work/inputs'),
        maxBytes: 10 * MiB,
        logger: createSilentLogger(),
      });
      const limits = { maxInputBytes: 10 * MiB, maxInputFiles: 10, concurrency: 2 };
      const { staging } = optionsBelow(bench.base);
      runtime = await bench.open({ staging: { ...staging, stage: createInputStager({ store, limits, cache }) } });
    });
    afterAll(() => bench.close());

    test('input cache: no container changes the file that the next one gets', async () => {
      const inputs: readonly Input[] = [{ kind: 'object', origin: 'input.minio_objects[0]', path, name: 'data' }];
      const volumes = [
        { path: '/workspace/input', access: 'read-only' },
        { path: '/workspace/output', access: 'read-write' },
      ] as const;
      for (const names of [2, 2]) {
        const sandbox = await runtime.openSandbox({ ...specOf(), volumes: [...volumes] }, never);
        try {
          expect(await sandbox.stage(inputs, never, 'tenant')).toMatchObject({ files: 1, bytes: MiB });
          const file = join(
            bench.base,
            'work/oci/contract',
            String(sandbox.handle.executionId),
            'volumes/0-input/data',
          );
          expect((await stat(file)).nlink).toBe(names);
          const container = await createIn(runtime, sandbox, bench.images.shell, { command: ['sh', '-c', script] });
          await container.start();
          expect((await container.wait(never)).code).toBe(0);
          expect((await readFile(file)).equals(Buffer.alloc(MiB, 'x'))).toBe(true);
        } finally {
          await sandbox.remove();
        }
      }
      expect(await bench.leftovers()).toEqual([]);
    });
  });
}
