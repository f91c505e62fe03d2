import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../src/support/processes/find-program.ts';
import { openDeployment, type TestDeployment } from '../agent/open-test-agent.ts';
import { publishImage } from '../parts/images/publish-image.ts';
import { type Registry, startRegistry } from '../parts/images/registry.ts';
import { describeWith } from '../parts/require-part.ts';
import { realScanners } from './real-scanners.ts';

/** Building a scanner takes minutes, so these tests use those on the search path only. */
const paths = new Map(
  await Promise.all(
    realScanners.map(async ({ name }) => [name, await findProgram(name, process.env.PATH ?? '')] as const),
  ),
);

const debian = {
  'etc/os-release': 'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
  'etc/debian_version': '12.5\n',
  'var/lib/dpkg/status': ['openssl 3.0.5-1', 'perl 5.36.0-7']
    .map((line) => line.split(' '))
    .map(
      ([name, version]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join('\n'),
};

const policy = `
scan: {mode: deny}
rules:
  - {name: excepted, tags: {scan: excepted}, scan: {exceptions: [{id: CVE-2022-3602, until: 2999-12-31, reason: waits}]}}
`;

describeWith(['redis', 'docker', 'oci', 'registry'], 'a real scanner', () => {
  describe.each(realScanners)('$name', ({ name, prepare, commands }) => {
    const path = paths.get(name);
    if (path === undefined) {
      test.skip(`is run by an agent (skipped: ${name} is not on the search path)`, () => undefined);
      return;
    }

    let directory: string;
    let registry: Registry;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'scanners-'));
      registry = await startRegistry();
      await mkdir(join(directory, 'database'));
      await prepare({ program: path, cache: join(directory, 'database') });
      await writeFile(join(directory, 'policy.yaml'), policy);
      await writeFile(join(directory, 'registries.yaml'), JSON.stringify({ [registry.address]: { insecure: true } }));
    });
    afterAll(async () => {
      await registry?.stop();
      await rm(directory, { recursive: true, force: true });
    });

    describe.each(['docker', 'oci'] as const)('on %s', (runtime) => {
      let deployment: TestDeployment;
      beforeAll(async () => {
        // Images of that name meet a scanner that has lost its database.
        const [scanner, cache] = [join(directory, `scan-${runtime}`), join(directory, 'database')];
        const choose = `case "$1" in */unscannable*) cache=${cache}-gone ;; *) cache=${cache} ;; esac`;
        await writeFile(scanner, `#!/bin/sh\n${choose}\nexport cache\nshift\n${commands[runtime](path)}\n`);
        await chmod(scanner, 0o755);
        const [policyFile, registriesFile] = ['policy.yaml', 'registries.yaml'].map((file) => join(directory, file));
        const scanCommand = `${scanner} {reference} ${runtime === 'oci' ? '{rootfs}' : '{id}'}`;
        deployment = await openDeployment({ runtime, policyFile, registriesFile, scanCommand });
        await deployment.open();
      });
      afterAll(() => deployment?.close());

      async function imageCalled(name: string, files: Readonly<Record<string, string>>): Promise<string> {
        const image = `${registry.address}/${runtime}/${name}:1`;
        await publishImage(image, name, [], files);
        return image;
      }

      test('denies what it finds something in, unless that is excepted', async () => {
        const image = await imageCalled('vulnerable', debian);
        const denied = await deployment.run({ container: { image } });
        expect(denied).toMatchObject({ success: false, error_code: 'POLICY_DENIED' });
        expect(denied.error).toContain(`${name} found CVE-2022-3602 (critical, openssl 3.0.5-1) in the image`);
        expect(denied.error).not.toContain('CVE-2011-4116');
        const excepted = await deployment.run({ container: { image }, tags: { scan: 'excepted' } });
        expect(excepted).toMatchObject({
          success: true,
          result: { metadata: { image_scan: { verdict: 'passed', scanner: name, counts: { critical: 1 } } } },
        });
      });

      test('without its database passes nothing, and says why', async () => {
        const image = await imageCalled('unscannable', debian);
        const response = await deployment.run({ container: { image } });
        expect(response).toMatchObject({ success: false, error_code: 'POLICY_DENIED' });
        expect(response.error).toMatch(/could not be scanned: the scanner ended with code 1: .*(database|DB error)/);
      });
    });
  });
});
