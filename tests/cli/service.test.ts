import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { findProgram } from '../../src/support/processes/find-program.ts';
import { runCommand } from '../../src/support/processes/run-command.ts';
import { linesAboutUnit } from '../parts/processes/lines-about-unit.ts';
import { missingPrograms } from '../parts/processes/missing-programs.ts';
import { describeWith } from '../parts/require-part.ts';
import { runCli, runInShell } from './helpers/run-cli.ts';
import { useCli } from './helpers/use-cli.ts';

const cli = useCli();
const noAnalyze = await missingPrograms('systemd-analyze');
const analyze = await findProgram('systemd-analyze', process.env.PATH ?? '');

async function makeRoot() {
  const root = await mkdtemp(join(await realpath(cli.cwd), 'root-'));
  const service = (command: string, ...args: string[]) => cli.exec('service', command, '--root', root, ...args);
  const modeOf = async (path: string) => ((await stat(join(root, path))).mode & 0o777).toString(8);
  const listed = async () => (await readdir(root, { recursive: true })).toSorted();
  return { root, service, modeOf, listed };
}

const unit = 'etc/systemd/system/exec-agent.service';
const settings = 'etc/exec-agent/exec-agent.env';

test('service install: writes the unit and the settings, again without changing the settings', async () => {
  const { root, service, modeOf, listed } = await makeRoot();
  expect(await service('status')).toMatchObject({ code: 1, stdout: expect.stringContaining('not installed') });
  expect(await service('install')).toMatchObject({ code: 0, stderr: '' });
  const directories = ['etc', 'etc/exec-agent', 'etc/systemd', 'etc/systemd/system'];
  expect(await listed()).toEqual([...directories, settings, unit].toSorted());
  expect(await Promise.all(['etc/exec-agent', settings, unit].map(modeOf))).toEqual(['700', '600', '644']);
  expect(await service('status')).toMatchObject({ code: 0, stdout: `installed: ${join(root, unit)}\n` });
  await writeFile(join(root, settings), 'EXEC_CONCURRENCY=2\n');
  await chmod(join(root, settings), 0o644);
  expect(await service('install')).toMatchObject({ code: 0 });
  expect(await readFile(join(root, settings), 'utf8')).toBe('EXEC_CONCURRENCY=2\n');
  expect(await modeOf(settings)).toBe('600');
});

test('service uninstall: removes what was installed, and data and settings only with --purge', async () => {
  const { root, service, listed } = await makeRoot();
  await mkdir(join(root, 'etc/systemd/system'), { recursive: true });
  const before = await listed();
  await service('install');
  expect(await service('uninstall')).toMatchObject({ code: 0, stdout: expect.stringContaining('Kept:') });
  expect(await listed()).toEqual(before);
  expect(await service('uninstall')).toMatchObject({ code: 1, stderr: expect.stringContaining('not installed') });
  await service('install');
  await writeFile(join(root, settings), 'EXEC_CONCURRENCY=2\n');
  await mkdir(join(root, 'var/lib/exec-agent/records'), { recursive: true });
  await service('uninstall');
  expect(await listed()).toEqual(expect.arrayContaining([settings, 'var/lib/exec-agent/records']));
  expect(await listed()).not.toContain(unit);
  expect(await service('uninstall', '--purge')).toMatchObject({ code: 0 });
  expect(await listed()).toEqual([...before, 'var', 'var/lib'].toSorted());
});

test('service install --dry-run: prints everything and writes nothing', async () => {
  const { root, service, listed } = await makeRoot();
  const { code, stdout } = await service('install', '--dry-run', '--user', 'runner');
  expect(code).toBe(0);
  expect(await listed()).toEqual([]);
  expect(stdout).toMatch(/^run useradd --system .* runner$/m);
  expect(stdout).toContain(`directory ${join(root, 'etc/exec-agent')} (mode 0700)`);
  expect(stdout).toContain(`file ${join(root, settings)} (mode 0600)`);
  expect(stdout).toContain(`file ${join(root, unit)} (mode 0644)`);
  expect(stdout).toMatch(/^ {4}User=runner$/m);
  expect(stdout).toMatch(/^run systemctl enable exec-agent\nrun systemctl restart exec-agent$/m);
  await service('install');
  const installed = await listed();
  const removal = await service('uninstall', '--dry-run', '--purge');
  expect(removal.stdout).toContain(`remove ${join(root, unit)}`);
  expect(await listed()).toEqual(installed);
});

test('service install: keeps the user of the unit that is there, unless --user names one', async () => {
  const { root, service } = await makeRoot();
  const userLine = async () => /^User=.*$/m.exec(await readFile(join(root, unit), 'utf8'))?.[0];
  await service('install');
  expect(await userLine()).toBeUndefined();
  await service('install', '--user', 'runner');
  await service('install');
  expect(await userLine()).toBe('User=runner');
  await service('install', '--user', 'root');
  expect(await userLine()).toBeUndefined();
});

test('service uninstall --purge: ends all processes before it deletes, and removes the users that install made', async () => {
  const { root, service } = await makeRoot();
  await service('install', '--user', 'other');
  await writeFile(
    join(root, 'etc/passwd'),
    [
      'runner:x:99:99:Exec Agent:/var/lib/exec-agent:/usr/sbin/nologin',
      'other:x:98:98::/home/other:/bin/sh',
      'agent:x:97:97:Exec Agent:/home/agent:/bin/sh',
      '',
    ].join('\n'),
  );
  const { code, stdout } = await service('uninstall', '--purge', '--dry-run');
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  const order = [
    'run systemctl disable --now exec-agent',
    'run systemctl kill --signal=KILL exec-agent',
    `remove ${join(root, 'var/lib/exec-agent')}`,
    'run userdel runner',
    `remove ${join(root, unit)}`,
  ];
  expect(lines.filter((line) => order.includes(line))).toEqual(order);
  expect(stdout).not.toMatch(/userdel (other|agent)/);
  expect((await service('uninstall')).stdout).not.toContain('systemctl kill');
  // The unit is gone by now.
  expect((await service('uninstall', '--purge', '--dry-run')).stdout).toContain('run userdel runner\n');
});

test('service: a unit of someone else is neither overwritten nor removed', async () => {
  const { root, service } = await makeRoot();
  await mkdir(join(root, 'etc/systemd/system'), { recursive: true });
  await writeFile(join(root, unit), '[Service]\nExecStart=/bin/true\n');
  for (const command of ['install', 'uninstall', 'status'])
    expect(await service(command)).toMatchObject({ code: 2, stderr: expect.stringContaining('was not written by') });
  expect(await readFile(join(root, unit), 'utf8')).toContain('/bin/true');
});

test('service install: a wrong user or directory is refused with what to write', async () => {
  expect(await cli.exec('service', 'install', '--root', 'here')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('absolute path'),
  });
  const { service } = await makeRoot();
  expect(await service('install', '--user', 'a b')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--user'),
  });
});

test.skipIf(analyze === undefined).each(['root', 'daemon'])(
  `service install --user %s: systemd understands every line${noAnalyze}`,
  async (user) => {
    const { root, service } = await makeRoot();
    await service('install', '--user', user);
    const path = join(root, unit);
    expect(await readFile(path, 'utf8')).toContain(`ExecStart=${process.execPath} `);
    // It goes on after what it does not understand, and succeeds.
    const { code, output } = await runCommand([analyze ?? '', 'verify', path], {});
    expect({ code, lines: linesAboutUnit(output) }).toEqual({ code: 0, lines: [] });
  },
);

const noSetpriv = await missingPrograms('setpriv', 'bash');
describeWith(['docker', 'oci'], `the unit of exec-agent service install${noSetpriv}`, () => {
  test.skipIf(noSetpriv !== '').each(['docker', 'oci'])('leaves what containers on %s need', async (runtime) => {
    const { root, service } = await makeRoot();
    await service('install');
    const lines = (await readFile(join(root, unit), 'utf8')).matchAll(/^CapabilityBoundingSet=~(.*)$/gm);
    const dropped = [...lines].flatMap(([, names = '']) => names.toLowerCase().replaceAll('cap_', '-').split(' '));
    expect(dropped).toContain('-sys_module');
    const settings = { ...cli.options.env, EXEC_RUNTIME: runtime };
    if (runtime === 'oci') {
      const args = ['images', 'pull', 'alpine', '--from', `docker-archive:${inject('archives').alpine}`];
      expect(await runCli(args, { cwd: cli.cwd, env: settings })).toMatchObject({ code: 0 });
    }
    const line = `umask 077; exec setpriv --bounding-set=${dropped.join(',')} $0 run alpine -- echo ran`;
    const ended = await runInShell(line, { cwd: cli.cwd, env: settings, stdin: '' });
    expect(ended).toMatchObject({ code: 0, stdout: 'ran\n' });
  });
});
