import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openScanStore } from '../../src/admission/scan/scan-store.ts';
import { imageListSchema } from '../../src/wire/http/images.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { publishImage } from '../parts/images/publish-image.ts';
import { type Registry, startRegistry } from '../parts/images/registry.ts';
import { describeWith } from '../parts/require-part.ts';
import { type CliOptions, runCli } from './helpers/run-cli.ts';
import { useCli } from './helpers/use-cli.ts';

describeWith(['redis', 'oci', 'registry'], 'exec-agent images', () => {
  const cli = useCli();
  let directory: string;
  let registry: Registry;
  let bench: HttpBench;
  let http: CliOptions;
  let local: CliOptions;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'remote-images-'));
    registry = await startRegistry();
    const registriesFile = join(directory, 'registries.yaml');
    await writeFile(registriesFile, JSON.stringify({ [registry.address]: { insecure: true } }));
    bench = await openHttpBench({ runtime: 'oci', registriesFile });
    const env = { EXEC_URL: bench.url, EXEC_TOKEN: await bench.makeToken('default') };
    http = { cwd: cli.cwd, env };
    const { dataDir } = bench.deployment.config;
    local = {
      cwd: cli.cwd,
      env: { EXEC_RUNTIME: 'oci', EXEC_DATA_DIR: dataDir, EXEC_REGISTRIES_FILE: registriesFile },
    };
  });
  afterAll(async () => {
    await bench?.close();
    await registry?.stop();
    await rm(directory, { recursive: true });
  });

  test.each(['HTTP', 'this host'])('are pulled, listed and removed over %s', async (place) => {
    const options = place === 'HTTP' ? http : local;
    const exec = (...args: string[]) => runCli(['images', ...args], options);
    const name = `${registry.address}/tool-${randomUUID()}:1`;
    const digest = await publishImage(name, name);
    expect(await exec('pull', name)).toMatchObject({ code: 0, stdout: `${name}  ${digest}\n` });
    const listed = async () => imageListSchema.parse(JSON.parse((await exec('--json')).stdout)).images;
    const facts = { references: [name], digest, size_bytes: expect.any(Number), used_at: expect.any(String) };
    const judged = place === 'HTTP' ? { refused: [] } : {};
    expect(await listed()).toContainEqual({ ...facts, ...judged });
    expect((await exec()).stdout).toMatch(new RegExp(`${name} .* not scanned`));
    await openScanStore(join(bench.deployment.config.dataDir, 'scans')).keep({
      digest,
      scanner: 'trivy',
      scannedAt: 0,
      vulnerabilities: [{ id: 'CVE-1', severity: 'high', package: 'openssl' }],
    });
    const scan = { scanner: 'trivy', scanned_at: '1970-01-01T00:00:00.000Z', counts: { high: 1 } };
    expect(await listed()).toContainEqual({ ...facts, ...judged, scan });
    expect((await exec()).stdout).toMatch(new RegExp(`${name} .* 1 high`));
    expect(await exec('prune', '--keep', '1t')).toMatchObject({ code: 0, stderr: 'Nothing to remove.\n' });
    expect(await exec('prune', '--keep', 'much')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('500m or 5g'),
    });
    expect(await exec('rm', 'none:1', name)).toMatchObject({
      code: 1,
      stdout: `${name}\n`,
      stderr: expect.stringMatching(/^error: There is no image none:1\.\nFreed \d/),
    });
    expect((await listed()).flatMap(({ references }) => references)).not.toContain(name);
    expect(await exec('pull', `${registry.address}/none:1`)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`${registry.address}/none:1`),
    });
    expect(await exec('pull', 'UPPER CASE')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('image reference'),
    });
  });

  test('over HTTP need the scope operate, and load no archives of this host', async () => {
    const archive = `docker-archive:${inject('archives').alpine}`;
    const loaded = await runCli(['images', 'pull', 'team/tool:1', '--from', archive], http);
    expect(loaded).toMatchObject({ code: 2, stderr: expect.stringContaining('--context local') });
    const env = { ...http.env, EXEC_TOKEN: await bench.makeToken('default', ['read', 'submit']) };
    for (const args of [['list'], ['pull', 'alpine'], ['rm', 'alpine'], ['prune']])
      expect(await runCli(['images', ...args], { ...http, env })).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining('operate'),
      });
  });

  test('over plain HTTP without events respond with the image, and name a field that is wrong', async () => {
    const token = http.env.EXEC_TOKEN ?? '';
    const name = `${registry.address}/tool-${randomUUID()}:1`;
    const digest = await publishImage(name, name);
    const pulled = await bench.ask('/v1/images', { method: 'POST', token, body: { image: name } });
    expect(await pulled.json()).toEqual({ reference: name, digest });
    for (const [path, body, detail] of [
      ['/v1/images', { imge: name }, /imge/],
      ['/v1/images', { image: 5 }, /image: Use a string/],
      ['/v1/images/prune', { keep: 'much' }, /keep: "much" is not a size/],
    ] as const) {
      const response = await bench.ask(path, { method: 'POST', token, body });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ detail: expect.stringMatching(detail) });
    }
    const removed = await bench.ask(`/v1/images/${name}`, { method: 'DELETE', token });
    expect(await removed.json()).toMatchObject({ images: [{ references: [name], digest }] });
    expect((await bench.ask(`/v1/images/${name}`, { method: 'DELETE', token })).status).toBe(404);
  });
});
