import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { becomesTrue } from '../../../../tests/parts/poll.ts';
import { expectRejection } from '../../../support/abort/await-with-signal.ts';
import { readIfThere } from '../../../support/files/read-if-there.ts';
import { watchLayers } from './bound-extraction.ts';
import { createConcurrentPulls, type PullShare } from './concurrent-pulls.ts';

const MiB = 1024 ** 2;
const inTime = 50_000;
let [directory, tools, looksFile] = ['', '', ''];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'layers-'));
  tools = await mkdtemp(join(tmpdir(), 'tools-'));
  looksFile = join(tools, 'looks');
  // Writes down when it has looked.
  await writeFile(join(tools, 'du'), `#!/bin/sh\n/usr/bin/du "$@"\necho "$1" >>${looksFile}\n`);
  await chmod(join(tools, 'du'), 0o755);
});
afterEach(() => Promise.all([directory, tools].map((path) => rm(path, { recursive: true }))));

async function write(name: string, bytes: number): Promise<void> {
  await mkdir(join(directory, name, 'diff'), { recursive: true });
  await writeFile(join(directory, name, 'diff', 'file'), Buffer.alloc(bytes, 'x'));
}

async function looks(): Promise<number> {
  return ((await readIfThere(looksFile)) ?? '').split('--inodes').length - 1;
}

/** Until the layers have been measured twice as they are now: what is too much would be found. */
async function isLookedAt(pulls = 1): Promise<void> {
  const before = await looks();
  let round = 0;
  const seen = async () => {
    // What a container writes does not count, but the disk is looked at when it fills, or else after some seconds.
    if (round < 16) await write(`container/more-${round}`, 8 * MiB);
    round += 1;
    return (await looks()) >= before + 2 * pulls;
  };
  await mkdir(join(directory, 'container', 'merged'), { recursive: true });
  expect(await becomesTrue(seen, inTime)).toBe(true);
}

const share = () => createConcurrentPulls().join();

/** As an engine that unpacks until its caller leaves, or until it is done. */
function watch(pull: (aborted: Promise<never>) => Promise<string>, of: PullShare = share()) {
  const bounds = {
    reference: 'tool:1',
    limits: { pullBytes: 4 * MiB, imageEntries: 100, unpackCheckMs: 5 },
    searchPath: `${tools}:${process.env.PATH ?? ''}`,
    share: of,
    signal: new AbortController().signal,
  };
  return watchLayers(directory, bounds, (signal) => {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    expectRejection(aborted);
    return pull(aborted);
  });
}

test('pull: a layer that takes more than an image may is stopped while it is unpacked', async () => {
  const pulled = watch(async (aborted) => {
    await write('new', 8 * MiB);
    return aborted;
  });
  await expect(pulled).rejects.toMatchObject({
    code: 'IMAGE_PULL_FAILED',
    message: expect.stringMatching(/tool:1 takes .* MiB .*EXEC_IMAGE_STORE_MAX/),
  });
});

test('pull: what was there before, and what a container has mounted, does not count', async () => {
  await write('before', 8 * MiB);
  const pulled = watch(async (aborted) => {
    await write('small', 1000);
    await Promise.race([aborted, isLookedAt()]);
    return 'pulled';
  });
  expect(await pulled).toBe('pulled');
});

test('pull: several at once that are large and not too large do not stop each other', async () => {
  const pulls = createConcurrentPulls();
  const shares = [pulls.join(), pulls.join()] as const;
  const pulled = shares.map((of, index) =>
    watch(async (aborted) => {
      of.noteUnpacking();
      await write(`layer-${index}`, 3 * MiB);
      if (index === 0) await Promise.race([aborted, isLookedAt(2)]);
      else await Promise.race([aborted, becomesTrue(async () => (await looks()) >= 4, inTime)]);
      return 'pulled';
    }, of),
  );
  expect(await Promise.all(pulled)).toEqual(['pulled', 'pulled']);
});

test('pull: several at once that together take more than all of them may are stopped', async () => {
  const pulls = createConcurrentPulls();
  const [first, other] = [pulls.join(), pulls.join()];
  first.noteUnpacking();
  other.noteUnpacking();
  const pulled = watch(async (aborted) => {
    await write('new', 9 * MiB);
    return aborted;
  }, first);
  await expect(pulled).rejects.toMatchObject({
    code: 'IMAGE_PULL_FAILED',
    message: expect.stringMatching(/tool:1, with others .*\(2 in all\), takes .* MiB .* 4 MiB for each/),
  });
});

test('pull: one that only downloads leaves no more to those that unpack, nor does one that has ended', async () => {
  const pulls = createConcurrentPulls();
  const [first, ended] = [pulls.join(), pulls.join(), pulls.join()];
  first.noteUnpacking();
  const pulled = watch(async (aborted) => {
    ended.noteUnpacking();
    await write('others', 3 * MiB);
    await write('own', 3 * MiB);
    await Promise.race([aborted, isLookedAt()]);
    ended.leave(['others']);
    await Promise.race([aborted, isLookedAt()]);
    await write('own-2', 3 * MiB);
    return aborted;
  }, first);
  await expect(pulled).rejects.toMatchObject({
    message: expect.stringMatching(/tool:1 takes .* MiB .* 4 MiB\. Raise/),
  });
});

test('pull: while others unpack, one that has nothing to unpack yet is not stopped for it', async () => {
  const pulls = createConcurrentPulls();
  const [waiting, other] = [pulls.join(), pulls.join()];
  other.noteUnpacking();
  let asked = 0;
  const images = () => {
    asked += 1;
    return waiting.images();
  };
  const pulled = watch(
    async (aborted) => {
      await write('others', 9 * MiB);
      // Several rounds of the watch.
      await Promise.race([aborted, becomesTrue(() => asked > 20, inTime)]);
      return 'pulled';
    },
    { ...waiting, images },
  );
  expect(await pulled).toBe('pulled');
});
