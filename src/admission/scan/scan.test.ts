import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScanPolicy } from '../policy/policy.ts';
import { judgeScan } from './judge-scan.ts';
import { parseReport } from './parse-report.ts';
import { runScanner } from './run-scanner.ts';

const { signal } = new AbortController();
const readReport = (name: string) => readFile(new URL(`./reports/${name}.json`, import.meta.url), 'utf8');

describe('a report', () => {
  test('of Trivy is understood, the same finding in two places once', () => {
    const found = { VulnerabilityID: 'CVE-1', PkgName: 'a', InstalledVersion: '1', Severity: 'HIGH' };
    const results = [{ Vulnerabilities: [found] }, { Vulnerabilities: [found] }, {}, { Vulnerabilities: null }];
    expect(parseReport(JSON.stringify({ SchemaVersion: 2, Results: results }))).toEqual({
      scanner: 'trivy',
      recognised: true,
      vulnerabilities: [{ id: 'CVE-1', severity: 'high', package: 'a 1' }],
    });
  });

  test('of Grype is understood, also a severity that nobody knows', () => {
    const match = { vulnerability: { id: 'GHSA-1', severity: 'Odd' }, artifact: { name: 'b', version: '2' } };
    expect(parseReport(JSON.stringify({ matches: [match] }))).toEqual({
      scanner: 'grype',
      recognised: true,
      vulnerabilities: [{ id: 'GHSA-1', severity: 'unknown', package: 'b 2' }],
    });
  });

  test.each([
    [
      'trivy',
      [
        { id: 'CVE-2022-3602', severity: 'critical', package: 'openssl 3.0.5-1' },
        { id: 'CVE-2011-4116', severity: 'low', package: 'perl-base 5.36.0-7' },
      ],
    ],
    [
      'grype',
      [
        { id: 'CVE-2022-3602', severity: 'critical', package: 'openssl 3.0.5-1' },
        { id: 'CVE-2011-4116', severity: 'negligible', package: 'perl-base 5.36.0-7' },
      ],
    ],
  ])('that %s really printed is understood', async (scanner, vulnerabilities) => {
    expect(parseReport(await readReport(scanner))).toEqual({ scanner, recognised: true, vulnerabilities });
  });

  test('of Trivy that names no packages tells of nothing that was looked at', async () => {
    expect(parseReport(await readReport('trivy-of-busybox'))).toMatchObject({ recognised: false });
    const secrets = { SchemaVersion: 2, Results: [{ Class: 'secret', Secrets: [] }] };
    expect(parseReport(JSON.stringify(secrets))).toMatchObject({ recognised: false });
    const clean = { SchemaVersion: 2, Results: [{ Class: 'os-pkgs', Type: 'debian' }] };
    expect(parseReport(JSON.stringify(clean))).toEqual({ scanner: 'trivy', recognised: true, vulnerabilities: [] });
  });

  test.each(['', 'no JSON', '{}', '[]', '{"Results":[]}', 'null'])('%j is none', (text) => {
    expect(parseReport(text)).toBeUndefined();
  });
});

test('scan: an exception holds to the end of its day, and the worst finding is listed first', () => {
  const report = {
    digest: 'd',
    scanner: 'trivy',
    scannedAt: 1,
    vulnerabilities: [
      { id: 'A', severity: 'medium', package: '' },
      { id: 'B', severity: 'critical', package: 'b 1' },
      { id: 'C', severity: 'low', package: '' },
    ],
  } as const;
  const policy: ScanPolicy = {
    mode: 'deny',
    severity: 'medium',
    unscannable: 'deny',
    exceptions: [{ id: 'B', until: 1000 }],
  };
  const at = (now: number) => judgeScan({ ...report, vulnerabilities: [...report.vulnerabilities] }, policy, now).scan;
  expect(at(1000)).toMatchObject({ verdict: 'denied', above: ['A'], counts: { medium: 1, critical: 1, low: 1 } });
  expect(at(1001)).toMatchObject({ above: ['B', 'A'] });
});

describe('a scanner', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scanner-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function scanWith(script: string, { timeoutMs = 20_000, inEngine = false } = {}) {
    const program = join(directory, 'scanner');
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
    const target = { reference: 'tool:1', digest: 'sha256:d', id: 'sha256:i', rootfs: inEngine ? undefined : '/r' };
    const command = [program, '{reference}', '{digest}', '--id={id}', 'dir:{rootfs}'];
    return runScanner(target, { command, timeoutMs, environment: process.env }, signal);
  }

  test('receives the image to scan, and may end with a code of its own when it finds something', async () => {
    const script = 'echo "{\\"matches\\":[{\\"vulnerability\\":{\\"id\\":\\"$*\\"}}]}"; echo chatter >&2; exit 1';
    expect((await scanWith(script)).vulnerabilities[0]?.id).toBe('tool:1 sha256:d --id=sha256:i dir:/r');
  });

  test.each([
    ['one that fails', 'echo "no database" >&2; exit 2', {}, 'ended with code 2: no database'],
    ['one that fails in colour', 'printf "\\033[31mno database\\033[0m\\n" >&2; exit 1', {}, 'code 1: no database'],
    ['one that knows nothing of what is there', 'echo "{\\"SchemaVersion\\":2}"', {}, 'trivy recognises no packages'],
    ['one that says something else', 'echo hello', {}, 'printed no report'],
    ['one that takes too long', 'exec sleep 60', { timeoutMs: 50 }, 'longer than 0.05 s (EXEC_SCAN_TIMEOUT)'],
    ['one that wants a directory where there is none', ':', { inEngine: true }, 'Use {id}'],
  ])('%s leaves the image unscanned, with the reason', async (_title, script, options, reason) => {
    await expect(scanWith(script, options)).rejects.toThrow(reason);
  });

  test('one that is not there leaves it unscanned too', async () => {
    const options = { command: ['/nonexistent/scanner'], timeoutMs: 1000, environment: {} };
    const target = { reference: 'a', digest: 'b', id: 'c', rootfs: undefined };
    await expect(runScanner(target, options, signal)).rejects.toThrow('cannot be run');
  });
});
