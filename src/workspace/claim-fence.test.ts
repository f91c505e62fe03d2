import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimFence } from './claim-fence.ts';
import { createWorkspace } from './create-workspace.ts';

test('claimFence: in any order, a fence lower than the highest so far is refused', async () => {
  const baseDir = await mkdtemp(join(tmpdir(), 'fence-'));
  try {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.array(fc.integer({ min: 1, max: 30 })), async (executionId, fences) => {
        const workspace = await createWorkspace({ baseDir, executionId, volumes: [] });
        let highest = 0;
        for (const fence of fences) {
          const claimed = claimFence(workspace, fence);
          if (fence < highest) await expect(claimed).rejects.toMatchObject({ code: 'AGENT_LOST' });
          else await claimed;
          highest = Math.max(highest, fence);
        }
        expect(await readdir(workspace.control)).toEqual(fences.length === 0 ? [] : ['fence']);
      }),
      { numRuns: 50 },
    );
  } finally {
    await rm(baseDir, { recursive: true });
  }
});

test('createWorkspace: an attempt with a lower fence does not remove what one with a higher fence made', async () => {
  const baseDir = await mkdtemp(join(tmpdir(), 'fence-'));
  const executionId = '11111111-1111-4111-8111-111111111111';
  const make = (fence: number) => createWorkspace({ baseDir, executionId, volumes: [], fence });
  try {
    const { control } = await make(2);
    await writeFile(join(control, 'kept'), '');
    await expect(make(1)).rejects.toMatchObject({ code: 'AGENT_LOST' });
    expect(await readdir(control)).toEqual(['fence', 'kept']);
    await make(3);
    expect(await readdir(control)).toEqual(['fence']);
  } finally {
    await rm(baseDir, { recursive: true });
  }
});
