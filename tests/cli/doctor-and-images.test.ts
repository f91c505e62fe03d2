import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { z } from 'zod';
import { describeWith } from '../parts/require-part.ts';
import { runCli, runCliElsewhere } from './helpers/run-cli.ts';
import { responseOf, useCli } from './helpers/use-cli.ts';

const cli = useCli();

describeWith('docker', 'exec-agent doctor and images', () => {
  const diagnosisSchema = z.object({
    can_run: z.boolean(),
    checks: z.array(z.object({ section: z.string(), name: z.string(), state: z.string(), detail: z.string() })),
  });

  test('doctor tells which runtime is chosen and that the store works', async () => {
    const end = await cli.exec('doctor', '--json');
    expect(end.code).toBe(0);
    const { can_run: canRun, checks } = diagnosisSchema.parse(JSON.parse(end.stdout));
    expect(canRun).toBe(true);
    const ok = (section: string, name: string) =>
      checks.find((check) => check.section === section && check.name === name && check.state === 'ok')?.detail;
    expect(ok('Runtimes', 'docker')).toContain('(chosen)');
    expect(ok('Runtimes', 'choice')).toContain('EXEC_RUNTIME=docker');
    expect(ok('Places', 'data directory')).toContain(join(cli.cwd, 'data'));
    expect(ok('Places', 'object store')).toContain('wrote, read, removed');
    expect(ok('Services', 'way')).toContain('docker containers can call services');
    expect(ok('Services', 'data')).toBe('over Redis (data-requests → data-responses)');
    const policy = checks.find(({ name }) => name === 'policy');
    expect(policy).toMatchObject({ state: 'off', detail: expect.stringContaining('images are not scanned') });
  });

  test('services are refused with the reason where the processes of the engine are out of sight', async () => {
    const reason = expect.stringContaining('Services and ports need an engine whose processes the agent can see');
    const end = await runCliElsewhere(['doctor', '--json'], cli.options);
    const { checks } = diagnosisSchema.parse(JSON.parse(end.stdout));
    const way = checks.find(({ section, name }) => section === 'Services' && name === 'way');
    expect(way).toMatchObject({ state: 'warn', detail: reason });
    const request = { container: { image: 'alpine:latest', command: ['true'] }, service_access: ['data'] };
    await writeFile(join(cli.cwd, 'granted.json'), JSON.stringify(request));
    const ran = responseOf(await runCliElsewhere(['run', 'granted.json', '--json'], cli.options));
    expect(ran).toMatchObject({ error_code: 'POLICY_DENIED', error: reason });
  });

  test('doctor is exit code 1 when nothing can run, with the reason', async () => {
    const end = await runCli(['doctor'], {
      ...cli.options,
      env: { ...cli.options.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    });
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(/! {2}docker +cannot be used: .*\/nowhere\/docker\.sock/);
    expect(end.stdout).toContain('no runtime can be used');
  });

  test('images list shows what is here', async () => {
    const end = await cli.exec('images');
    expect(end.code).toBe(0);
    expect(end.stdout).toMatch(/^alpine:latest +sha256:[0-9a-f]{12} +\d.* MiB +not scanned$/m);
    const listed = await cli.exec('images', 'list', '--json');
    expect(JSON.parse(listed.stdout).images).toContainEqual({
      references: ['alpine:latest'],
      digest: expect.stringMatching(/^sha256:/),
      size_bytes: expect.any(Number),
    });
  });

  test('images pull --from is refused on docker with the fix', async () => {
    const end = await cli.exec('images', 'pull', 'tool:1', '--from', 'docker-archive:tool.tar');
    expect(end).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('the docker runtime loads no archives'),
    });
  });
});

describeWith('oci', 'exec-agent images without Docker', () => {
  test('an archive becomes an image and is run by its name; prune keeps what there is room for', async () => {
    await symlink(inject('archives').alpine, join(cli.cwd, 'tool.tar'));
    const oci = { cwd: cli.cwd, env: { ...cli.options.env, EXEC_RUNTIME: 'oci' } };
    const pulled = await runCli(['images', 'pull', 'team/tool:1', '--from', 'docker-archive:tool.tar'], oci);
    expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^team\/tool:1 {2}sha256:[0-9a-f]{64}\n$/) });
    const ran = await runCli(['run', '--json', '--pull', 'never', 'team/tool:1', 'echo', 'hi'], oci);
    expect(responseOf(ran)).toMatchObject({ success: true, result: { output: 'hi\n', metadata: { runtime: 'oci' } } });
    const pruned = await runCli(['images', 'prune', '--keep', '1t'], oci);
    expect(pruned).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing to remove.\n' });
  });
});
