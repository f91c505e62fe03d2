import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSilentLogger } from '../../telemetry/log.ts';
import { openPolicy } from './open-policy.ts';

const base = {
  defaults: { cpus: 1, memoryBytes: 1, pids: 1, scratchBytes: 1, shmBytes: 1, timeoutSeconds: 1 },
  maxima: { cpus: 1, memoryBytes: 1, pids: 1, scratchBytes: 1, shmBytes: 1, timeoutSeconds: 1 },
  hostImage: false,
  openFiles: 1,
  ports: [],
  offered: [],
  servicePort: 9000,
};
let directory = '';
let file = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'policy-'));
  file = join(directory, 'policy.yaml');
});
afterEach(() => rm(directory, { recursive: true }));

test('a file that changes is read anew, also when another takes its place', async () => {
  await writeFile(file, 'preset: strict\n');
  const policy = await openPolicy({ base, file, checkMs: 5, logger: createSilentLogger() });
  try {
    expect(policy.current().document.preset).toBe('strict');
    await writeFile(file, 'preset: trusted\n');
    await vi.waitUntil(() => policy.current().document.preset === 'trusted', { timeout: 5000 });
    await writeFile(join(directory, 'next.yaml'), 'preset: standard\n');
    await rename(join(directory, 'next.yaml'), file);
    await vi.waitUntil(() => policy.current().document.preset === 'standard', { timeout: 5000 });
  } finally {
    policy.close();
  }
});

test.each([
  ['a version with mistakes', () => writeFile(file, 'preset: careful\n'), 'is no valid policy'],
  ['a file that is taken away', () => rm(file), 'cannot be read'],
])('%s is refused loudly, and the one before it stays', async (_title, change, message) => {
  const log: string[] = [];
  const logger = pino({}, { write: (line: string) => void log.push(line) });
  await writeFile(file, 'preset: strict\n');
  const policy = await openPolicy({ base, file, checkMs: 5, logger });
  try {
    await change();
    await vi.waitUntil(() => log.some((line) => line.includes('REFUSED')), { timeout: 5000 });
    expect(log.join('')).toContain(message);
    expect(policy.current().document.preset).toBe('strict');
    await writeFile(file, 'preset: trusted\n');
    await vi.waitUntil(() => policy.current().document.preset === 'trusted', { timeout: 5000 });
  } finally {
    policy.close();
  }
});

test('an agent does not start with a first version that cannot be used', async () => {
  const opened = openPolicy({ base, file, logger: createSilentLogger() });
  await expect(opened).rejects.toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining(file) });
});
