import { expect, test } from 'vitest';
import { installPrograms } from '../install-programs.ts';
import { measureAll } from './measure-all.ts';

test('measureAll: names a measurement that failed with its reason and makes the others', async () => {
  const lines: string[] = [];
  const measurements = [
    { name: 'proxy', measure: () => Promise.reject(new Error('nginx is missing')) },
    { name: 'queue', measure: async () => ({ enqueue_per_s: 3 }) },
  ];
  expect(await measureAll(measurements, (line) => lines.push(line))).toEqual({
    measured: ['queue'],
    figures: { enqueue_per_s: 3 },
    notMeasured: { proxy: 'nginx is missing' },
  });
  expect(lines).toContain('proxy could not be measured: nginx is missing');
});

test('installPrograms: refuses a name that it does not know', async () => {
  await expect(installPrograms(['no-such-part'], () => undefined)).rejects.toThrow('no-such-part');
});
