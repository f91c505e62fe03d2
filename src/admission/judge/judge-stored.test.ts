import { expect, test } from 'vitest';
import { plainText } from '../../wire/sentence.ts';
import type { Policy } from '../policy/policy.ts';
import { judgeStored } from './judge-stored.ts';

const base: Policy['base'] = {
  defaults: { cpus: 1, memoryBytes: 100, pids: 10, scratchBytes: 50, shmBytes: 40, timeoutSeconds: 5 },
  maxima: { cpus: 2, memoryBytes: 200, pids: 20, scratchBytes: 80, shmBytes: 60, timeoutSeconds: 10 },
  hostImage: false,
  openFiles: 1000,
  ports: [],
  offered: [],
  servicePort: 9000,
};
const digest = `sha256:${'0'.repeat(64)}`;
const scan = {
  digest,
  scanner: 'trivy',
  scannedAt: 1,
  vulnerabilities: [{ id: 'CVE-1', severity: 'critical', package: 'openssl' }],
} as const;

const judge = (document: Policy['document'], image: Partial<Parameters<typeof judgeStored>[0]> = {}) =>
  judgeStored(
    {
      references: ['python:3.12', 'team/tool:1'],
      digest,
      scan: { ...scan, vulnerabilities: [...scan.vulnerabilities] },
      ...image,
    },
    { policy: { base, document }, tenant: 'team', now: 2 },
  ).map(({ reference, says }) => [reference, plainText(says)]);

test('stored image: names that a pattern denies are refused, and others are not', () => {
  expect(judge({})).toEqual([]);
  expect(judge({ images: { allow: ['python:*'] } })).toEqual([
    ['team/tool:1', expect.stringContaining('not among the images')],
  ]);
});

test('stored image: what a scanner found refuses every name, if the policy says so', () => {
  const denied = judge({ scan: { mode: 'deny', severity: 'high' } });
  expect(denied.map(([reference]) => reference)).toEqual(['python:3.12', 'team/tool:1']);
  expect(denied[0]?.[1]).toContain('CVE-1');
  expect(judge({ scan: { mode: 'warn', severity: 'high' } })).toEqual([]);
  expect(judge({ scan: { mode: 'deny', severity: 'high' } }, { scan: undefined })).toEqual([]);
});
