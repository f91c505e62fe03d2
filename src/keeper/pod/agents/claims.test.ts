import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Claims, openClaims } from './claims.ts';

let directory = '';
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'claims-'));
});

afterAll(() => rm(directory, { recursive: true }));

const newFile = () => join(directory, `claim-${++files}.json`);

describe('claims of a pod', () => {
  test('go to the highest fence, and end what a lower one has', async () => {
    const claims = await openClaims(newFile());
    const first = await claims.claim({ execution: 'a', fence: 1 });
    const again = await claims.claim({ execution: 'a', fence: 1 });
    expect([first, again]).toMatchObject([{ kind: 'granted', signal: { aborted: false } }, { kind: 'granted' }]);
    const second = await claims.claim({ execution: 'a', fence: 3 });
    expect(first).toMatchObject({ signal: { aborted: true } });
    expect(second).toMatchObject({ kind: 'granted', signal: { aborted: false } });
    expect(await claims.claim({ execution: 'a', fence: 2 })).toEqual({ kind: 'superseded', fence: 3 });
    expect(await claims.claim({ execution: 'b', fence: 9 })).toEqual({ kind: 'taken' });
    expect(second).toMatchObject({ signal: { aborted: false } });
  });

  test('are not granted when they cannot be written down', async () => {
    const claims = await openClaims(join(directory, 'missing', 'claim.json'));
    await expect(claims.claim({ execution: 'a', fence: 1 })).rejects.toThrow('ENOENT');
    expect(claims.current()).toBe(undefined);
  });

  test('are refused for good where the file is not a claim', async () => {
    const file = newFile();
    await writeFile(file, '{"execution":"a"}');
    await expect(openClaims(file)).rejects.toThrow('is no claim: fence');
  });

  test('never go back to a lower fence or to another execution, through any restarts', async () => {
    const step = fc.oneof(
      fc.record({ execution: fc.constantFrom('a', 'b'), fence: fc.nat(5) }),
      fc.constant('restart' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 8 }), async (rounds) => {
        const file = newFile();
        let claims: Claims = await openClaims(file);
        let highest: { execution: string; fence: number } | undefined;
        let granted: { fence: number; signal: AbortSignal }[] = [];
        for (const round of rounds) {
          // Those of a round arrive at once.
          const asked = round.flatMap((each) => (each === 'restart' ? [] : [each]));
          const outcomes = await Promise.all(asked.map((claim) => claims.claim(claim)));
          for (const [index, outcome] of outcomes.entries()) {
            const claim = asked[index];
            if (claim === undefined) continue;
            const allowed =
              highest === undefined || (claim.execution === highest.execution && claim.fence >= highest.fence);
            expect(outcome.kind === 'granted').toBe(allowed);
            if (outcome.kind !== 'granted') continue;
            highest = claim;
            granted.push({ fence: claim.fence, signal: outcome.signal });
          }
          for (const { fence, signal } of granted) expect(signal.aborted).toBe(fence !== highest?.fence);
          if (round.includes('restart')) {
            claims = await openClaims(file);
            granted = [];
          }
          expect(claims.current()).toEqual(highest);
        }
      }),
      { numRuns: 100 },
    );
  });
});
