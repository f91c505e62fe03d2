import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { publishImage } from '../parts/images/publish-image.ts';
import type { AdmissionBench } from './open-admission-bench.ts';

const trivy = {
  SchemaVersion: 2,
  ArtifactName: 'tool',
  Results: [
    {
      Target: 'tool',
      Vulnerabilities: [
        { VulnerabilityID: 'CVE-2024-3094', PkgName: 'xz-utils', InstalledVersion: '5.6.0', Severity: 'CRITICAL' },
        { VulnerabilityID: 'CVE-2023-0001', PkgName: 'zlib', InstalledVersion: '1.2', Severity: 'LOW' },
      ],
    },
  ],
};
const grype = {
  matches: [
    {
      vulnerability: { id: 'CVE-2023-44487', severity: 'High', fix: { versions: ['2.0'], state: 'fixed' } },
      artifact: { name: 'http2', version: '1.0', type: 'deb' },
    },
  ],
  descriptor: { name: 'grype', version: '0.74.0' },
};

/** What is in an image decides whether it may run, and is reported. */
export function scanCases(bench: () => AdmissionBench): void {
  let published = 0;

  /** A new image, and what the scanner will print for it. */
  async function imageWith(report: object | string): Promise<string> {
    const { registry, runtime, scanner } = bench();
    await writeFile(scanner.report, typeof report === 'string' ? report : JSON.stringify(report));
    published += 1;
    const image = `${registry.address}/scanned-${runtime}-${published}:1`;
    await publishImage(image, image);
    return image;
  }

  const run = (image: string, scan: string) => bench().deployment.run({ container: { image }, tags: { scan } });
  const runsOfScanner = async () => (await readFile(bench().scanner.calls, 'utf8')).trim().split('\n').length;

  test('a policy that denies, one that warns and one that is off; the scanner runs once for all of them', async () => {
    const image = await imageWith(trivy);
    const before = await readFile(bench().scanner.calls, 'utf8');
    expect((await run(image, 'off')).result?.metadata.image_scan).toBeUndefined();
    expect(await readFile(bench().scanner.calls, 'utf8')).toBe(before);

    const [denied, again] = await Promise.all([run(image, 'deny'), run(image, 'deny')]);
    for (const response of [denied, again]) {
      expect(response).toMatchObject({ success: false, error_code: 'POLICY_DENIED' });
      expect(response.error).toContain('trivy found CVE-2024-3094 (critical, xz-utils 5.6.0) in the image');
      expect(response.error).not.toContain('CVE-2023-0001');
    }
    const runs = await runsOfScanner();
    const warned = await run(image, 'warn');
    expect(warned).toMatchObject({
      success: true,
      result: {
        metadata: {
          image_scan: {
            verdict: 'warned',
            scanner: 'trivy',
            counts: { critical: 1, low: 1 },
            above: ['CVE-2024-3094'],
            scanned_at: expect.stringMatching(/^\d{4}-/),
          },
        },
      },
    });
    expect(warned.result?.metadata.warnings?.join()).toContain('CVE-2024-3094');
    expect(await runsOfScanner()).toBe(runs);
    expect(runs).toBe(before === '' ? 1 : before.trim().split('\n').length + 1);
  });

  test('an exception lets one vulnerability pass until its day is over', async () => {
    const image = await imageWith(grype);
    expect(await run(image, 'deny')).toMatchObject({
      error: expect.stringContaining('grype found CVE-2023-44487 (high, http2 1.0)'),
    });
    expect(await run(image, 'excepted')).toMatchObject({
      success: true,
      result: { metadata: { image_scan: { verdict: 'passed', scanner: 'grype', counts: { high: 1 } } } },
    });
    expect(await run(image, 'expired')).toMatchObject({ error_code: 'POLICY_DENIED' });
  });

  test('an image that cannot be scanned does not pass as one in which nothing was found', async () => {
    const image = await imageWith('this is no report');
    expect(await run(image, 'deny')).toMatchObject({
      error_code: 'POLICY_DENIED',
      error: expect.stringMatching(/could not be scanned: the scanner printed no report of Trivy or Grype/),
    });
    const warned = await run(image, 'warn');
    expect(warned).toMatchObject({
      success: true,
      result: { metadata: { image_scan: { verdict: 'unscanned', reason: expect.stringContaining('no report') } } },
    });
    expect(warned.result?.metadata.warnings?.join()).toContain('was not scanned');
    // What could not be scanned is not remembered.
    await writeFile(bench().scanner.report, JSON.stringify({ ...trivy, Results: [{ Class: 'os-pkgs' }] }));
    expect(await run(image, 'deny')).toMatchObject({
      success: true,
      result: { metadata: { image_scan: { verdict: 'passed' } } },
    });
  });
}
