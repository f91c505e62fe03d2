import { access, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createSources } from '../../src/keeper/create-sources.ts';
import { createDirectoryStore } from '../../src/objects/directory/create-directory-store.ts';
import { inputFile, inSandbox, never, outputFiles } from '../../src/runtimes/contract/bench.contract.ts';
import { describeData, type RuntimeBench } from '../../src/runtimes/runtime.contract.ts';
import { findProgram } from '../../src/support/processes/find-program.ts';
import { removeTree } from '../../src/workspace/tree/remove-tree.ts';
import { stagingLimits } from '../executions/staging-limits.ts';
import { makeBusyboxTree } from '../parts/images/busybox-tree.ts';
import { describeWith } from '../parts/require-part.ts';
import { createElsewhereRuntime } from './create-elsewhere-runtime.ts';
import type { PrivatePlace } from './private-place.ts';

async function openBench() {
  const base = await mkdtemp(join(tmpdir(), 'elsewhere-bench-'));
  const tree = join(base, 'tree');
  await makeBusyboxTree(tree, (await findProgram('busybox', '')) ?? '');
  const places: PrivatePlace[] = [];
  const refuse = () => Promise.reject(new Error('nothing is read or sent by URL here'));
  const store = createDirectoryStore({ root: join(base, 'store'), defaultBucket: 'bucket' });
  const sources = createSources({ store, openUrl: refuse, sendToUrl: refuse, limits: stagingLimits });
  const runtime = createElsewhereRuntime({ sources, tree, onPlace: (place) => places.push(place) });
  const bench: RuntimeBench = {
    runtime,
    restart: async () => runtime,
    images: { shell: 'busybox', make: refuse },
    async leftovers() {
      const names = new Set(await readdir(tmpdir()));
      return places.map(({ directory }) => directory).filter((path) => names.has(path.slice(tmpdir().length + 1)));
    },
    close: () => removeTree(base),
  };
  return { bench, store, places };
}

describeWith('oci', 'a runtime without a directory on this host', () => {
  describeData('data', { open: async () => (await openBench()).bench });

  test('objects go in and out, and this process never sees a file', async () => {
    const { bench, store, places } = await openBench();
    try {
      await store.put({ name: 'in' }, Readable.from([Buffer.alloc(5_000_000, 'x')]), never);
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const path = '/workspace/output/copy';
        const object = { kind: 'object', origin: 'input', path, name: 'in' } as const;
        await sandbox.stage([inputFile('/workspace/input/a', 'inline'), object], never);
        for (const { directory } of places) expect(await readdir(directory)).toEqual([]);
        const upload = { kind: 'upload', origin: 'output', root: '/workspace/output', prefix: 'up' } as const;
        const result = await sandbox.collect([outputFiles('copy'), upload], never);
        expect(result).toMatchObject({ failures: [], uploads: [{ name: 'up/copy', size: 5_000_000 }] });
      });
      for (const { directory } of places) await expect(access(directory)).rejects.toThrow();
    } finally {
      await bench.close();
    }
  });
});
