import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeWith } from '../parts/require-part.ts';

const program = new URL('main.ts', import.meta.url).pathname;

describeWith(['redis', 'docker', 'oci'], 'agents, Redis and the engine that are killed under way', () => {
  test.each([
    { how: 'lose no result, run nothing twice, and leave nothing', options: [] },
    { how: 'do neither where no container waits for its command', options: ['--cold'] },
  ])('$how', async ({ options }) => {
    const args = ['--import', import.meta.resolve('tsx'), program, '--json', '--quick', ...options];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args).catch((failed) => failed);
    const { requests, results, reattached, kills, faults, undone, ...bad } = JSON.parse(stdout || '{}');
    expect(bad, stderr).toEqual({ lost: 0, conflicting: 0, double_runs: 0, leftovers: 0 });
    expect(undone).toBeGreaterThanOrEqual(0);
    expect(requests).toBeGreaterThanOrEqual(60);
    expect(results).toBe(requests);
    expect(reattached).toBeGreaterThan(0);
    expect(kills).toBe(5);
    for (const [name, { met }] of Object.entries<{ met: number }>(faults)) expect(met, name).toBeGreaterThan(0);
  }, 300_000);
});
