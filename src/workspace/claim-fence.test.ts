import { mkdtemp, readdir, rm } from 'node:fs/promises';
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
