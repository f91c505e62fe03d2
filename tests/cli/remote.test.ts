import { randomUUID } from 'node:crypto';
import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executionPageSchema, executionViewSchema } from '../../src/wire/http/executions.ts';
import { shell } from '../agent/open-test-agent.ts';
import { type HttpBench, openHttpBench } from '../http/open-http-bench.ts';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { type CliOptions, runCli, startCli } from './helpers/run-cli.ts';
import { responseOf, useCli } from './helpers/use-cli.ts';

const inTime = 30_000;

describeWith(['redis', 'docker', 'oci'], 'the commands for agents', () => {
  const cli = useCli();
  let bench: HttpBench | undefined;
  let token = '';
  const metrics = async () => (await theBench().ask('/metrics', { token })).text();
  const theBench = () => bench ?? expect.fail('the bench is open');

  beforeAll(async () => {
    bench = await openHttpBench({ runtime: 'oci' });
    token = await bench.makeToken('default');
  });
  afterAll(() => bench?.close());

  const places: Readonly<Record<string, () => CliOptions>> = {
    HTTP: () => ({ cwd: cli.cwd, env: { EXEC_URL: theBench().url, EXEC_TOKEN: token } }),
    Redis: () => {
      const { config } = theBench().deployment;
      const env = {
        REDIS_URL: config.redisUrl,
        EXEC_DATA_DIR: config.dataDir,
        EXEC_KEY_PREFIX: config.keyPrefix,
        EXEC_REQUEST_CHANNEL: config.requestChannel,
        EXEC_RESPONSE_CHANNEL: config.responseChannel,
        EXEC_CONTROL_CHANNEL: config.controlChannel,
        EXEC_EVENTS_CHANNEL: config.eventsChannel,
        EXEC_LOGS_CHANNEL: config.logsChannel,
      };
      return { cwd: cli.cwd, env };
    },
  };

  describe.each(Object.entries(places))('over %s', (_, options) => {
    const exec = (...args: string[]) => runCli(args, options());
    const submit = (request: object, ...args: string[]) =>
      runCli(['submit', '-', ...args], { ...options(), stdin: JSON.stringify(request) });
    const untilState = async (id: string, state: string) => {
      const isThere = async () => JSON.parse((await exec('get', id, '--record')).stdout).state === state;
      expect(await becomesTrue(isThere, inTime)).toBe(true);
    };

    test('submit prints the id and how to follow it; the same request again is one execution', async () => {
      const request = shell(`echo ${randomUUID()}`);
      const first = await submit(request);
      expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
      const id = first.stdout.trim();
      expect(first.stderr).toContain(`exec-agent logs -f ${id.slice(0, 8)}`);
      const waited = await submit(request, '--wait');
      expect(responseOf(waited)).toMatchObject({ execution_id: id, success: true });
      const known = await submit(request);
      expect(known).toMatchObject({ code: 0, stdout: `${id}\n`, stderr: expect.stringContaining('submitted before') });
      const again = await submit(request, '--again');
      expect(again.stdout).not.toBe(first.stdout);
      const whole = await submit({ ...request, correlation_id: randomUUID() }, '--json');
      expect(executionViewSchema.parse(JSON.parse(whole.stdout))).toMatchObject({ image: 'alpine:latest' });
    });

    test('an execution is followed, waited for, read, copied from and removed', async () => {
      const correlation = randomUUID();
      const script =
        'echo out; echo err >&2; mkdir -p output/a; echo 1,2 > output/a/r.csv; echo x > output/b.txt; exit 3';
      const request = {
        ...shell(script),
        correlation_id: correlation,
        output: { expected_files: ['a/r.csv', 'b.txt'] },
      };
      const id = (await submit(request)).stdout.trim();
      const waited = await exec('wait', id.slice(0, 13));
      expect(waited).toMatchObject({ code: 3, stderr: expect.stringContaining('EXIT_NONZERO') });
      expect(responseOf(waited)).toMatchObject({ execution_id: id, result: { exit_code: 3 } });
      for (const name of [id, correlation, id.slice(0, 13)])
        expect((await exec('get', name)).stdout).toBe(waited.stdout);
      const { stdout: log } = await exec('logs', id);
      expect(log.split('\n').toSorted()).toEqual(['', 'err', 'out']);
      const { files } = JSON.parse((await exec('files', correlation, '--json')).stdout);
      expect(files).toMatchObject([{ name: 'a/r.csv', size: 4 }, { name: 'b.txt' }]);
      const target = `${randomUUID()}.csv`;
      expect(await exec('cp', `${id}:a/r.csv`, target)).toMatchObject({ code: 0 });
      expect(await readFile(join(cli.cwd, target), 'utf8')).toBe('1,2\n');
      expect(await exec('cp', `${id}:a/r.csv`, target)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--force'),
      });
      const directory = randomUUID();
      expect(await exec('cp', `${id}:`, directory)).toMatchObject({ code: 0 });
      expect(await readFile(join(cli.cwd, directory, 'a/r.csv'), 'utf8')).toBe('1,2\n');
      expect(await exec('cp', `${id}:/workspace/output/b.txt`, '-')).toMatchObject({ code: 0, stdout: 'x\n' });
      expect((await exec('cp', `${id}:none`, '.')).stderr).toContain('a/r.csv, b.txt');
      const archive = `${randomUUID()}.zip`;
      expect(await exec('files', id, '--zip', archive)).toMatchObject({ code: 0, stdout: '' });
      const packed = (await readFile(join(cli.cwd, archive))).toString('latin1');
      // The directory at the end exists only in a complete archive.
      for (const text of ['PK\x05\x06', 'a/r.csv', 'b.txt']) expect(packed).toContain(text);
      expect(await exec('files', id, '--zip', archive)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--force'),
      });
      expect(await exec('files', id, '--zip', archive, '--force')).toMatchObject({ code: 0 });
      expect((await exec('files', id, '--zip', '-')).stdout).toContain('a/r.csv');
      expect(await exec('rm', id)).toMatchObject({ code: 0, stdout: `${id}\n` });
      expect(await exec('get', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('ps --all') });
    });

    test('logs: the end of an output is printed, and lines with a text are found', async () => {
      const run = (await submit(shell('seq 1 30; echo Found it'))).stdout.trim();
      expect(await exec('wait', run)).toMatchObject({ code: 0 });
      expect((await exec('logs', run, '--tail', '2')).stdout).toBe('30\nFound it\n');
      expect((await exec('logs', run.slice(0, 13), '--search', '0')).stdout).toBe('10:10\n20:20\n30:30\n');
      expect(await exec('logs', run, '--search', 'found')).toMatchObject({ code: 1, stdout: '' });
      expect((await exec('logs', run, '--search', 'found', '--ignore-case')).stdout).toBe('31:Found it\n');
      expect(await exec('logs', run, '--tail', '2', '-f')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--follow'),
      });
    });

    test('a running execution is listed, followed, described and canceled', async () => {
      const correlation = randomUUID();
      const request = { ...shell('echo begun; echo careful >&2; sleep 60'), correlation_id: correlation };
      const id = (await submit(request)).stdout.trim();
      await untilState(id, 'running');
      const page = executionPageSchema.parse(JSON.parse((await exec('ps', '--json')).stdout));
      expect(page.executions).toContainEqual(
        expect.objectContaining({ execution_id: id, correlation_id: correlation, started_at: expect.any(String) }),
      );
      expect((await exec('ps')).stdout).toMatch(new RegExp(`${id} +running.* \\d+\\.\\ds +${correlation}`));
      const follower = startCli(['logs', '-f', id], options());
      await follower.says('careful');
      const events = startCli(['events', id, '--json'], { stdin: '', ...options() });
      expect(await exec('rm', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('exec-agent wait') });
      const now = await exec('logs', id);
      expect(now).toMatchObject({ code: 0, stdout: 'begun\n', stderr: 'careful\n' });
      expect(await exec('cancel', id.slice(0, 13))).toMatchObject({ code: 0 });
      expect(await exec('wait', id)).toMatchObject({ code: 130 });
      expect(await follower.ended).toMatchObject({ code: 0, stdout: 'begun\n' });
      const ended = await events.ended;
      expect(ended.code).toBe(0);
      expect(JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
        execution_id: id,
        code: 'CANCELED',
      });
      expect((await exec('cancel', id)).stdout).toContain('already finished');
    });

    test('cancel: what matches options is canceled together, after a look at what that is', async () => {
      const tag = randomUUID();
      const tagged = { ...shell('sleep 100'), tags: { run: tag } };
      const ids = await Promise.all(['a', 'b'].map(async (name) => (await submit({ ...tagged, name })).stdout.trim()));
      const chosen = ['cancel', '--tag', `run=${tag}`];
      const wanted = (stdout: string) => stdout.trim().split('\n').toSorted();
      const dry = await exec(...chosen, '--dry-run');
      expect(wanted(dry.stdout)).toEqual(ids.toSorted());
      expect((await exec(...chosen, '--name', 'neither', '--dry-run')).stdout).toBe('');
      expect(await exec('cancel')).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
      expect(await exec('cancel', ids[0] ?? '', '--all')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not both'),
      });
      expect(await exec('cancel', '--prefix', '', '--dry-run')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--prefix: is empty'),
      });
      expect(wanted((await exec(...chosen)).stdout)).toEqual(ids.toSorted());
      for (const id of ids) expect(await exec('wait', id)).toMatchObject({ code: 130 });
      const counts = JSON.parse((await exec('stats', '--json')).stdout);
      expect(counts.codes.CANCELED).toBeGreaterThanOrEqual(2);
      expect((await exec('stats', '--since', '1h')).stdout).toMatch(/^CANCELED +\d+$/m);
    });

    test('agents are listed, and the pause of the queue is seen', async () => {
      expect(await exec('pause')).toMatchObject({ code: 0 });
      try {
        const correlation = randomUUID();
        await submit({ ...shell('echo ran'), correlation_id: correlation });
        const listed = await exec('ps');
        expect(listed.stdout).toMatch(new RegExp(`queued.*${correlation}`));
        expect(listed.stderr).toContain('The queue is paused');
        const agents = await exec('agents');
        expect(agents.stdout).toMatch(/oci\s+\d+\/\d+/);
        expect(agents.stderr).toContain('The queue is paused');
        expect(await (await theBench().ask('/readyz')).json()).toEqual({ status: 'ok', paused: true });
        expect(await metrics()).toContain('exec_agent_queue_paused 1\n');
        expect(await exec('resume')).toMatchObject({ code: 0 });
        expect(await exec('wait', correlation)).toMatchObject({ code: 0 });
      } finally {
        await exec('resume');
      }
      expect((await exec('ps')).stderr).not.toContain('paused');
      expect(await (await theBench().ask('/readyz')).json()).toEqual({ status: 'ok' });
      expect(await metrics()).toContain('exec_agent_queue_paused 0\n');
      const { agents } = JSON.parse((await exec('agents', '--json')).stdout);
      expect(agents).toMatchObject([{ runtime: 'oci', started_at: expect.stringMatching(/^\d{4}-.*Z$/) }]);
    });

    test('a beginning that several ids have names them', async () => {
      // Among 17 ids two begin with the same digit.
      const sent = Array.from({ length: 17 }, async () => {
        const body = { ...shell('true'), correlation_id: randomUUID() };
        const response = await theBench().ask('/v1/executions', { method: 'POST', token, body });
        return executionViewSchema.parse(await response.json()).execution_id;
      });
      const ids = await Promise.all(sent);
      const first = ids.find((id) => ids.filter((other) => other[0] === id[0]).length > 1)?.[0] ?? '';
      const ambiguous = await exec('get', first);
      expect(ambiguous).toMatchObject({ code: 2, stderr: expect.stringContaining('several execution ids') });
      expect(ids.some((id) => ambiguous.stderr.includes(id))).toBe(true);
    });

    test('what is refused or away is one sentence', async () => {
      const refused = await submit({ container: { image: 'alpine', resources: { memory: '900g' } } });
      expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: .*memory.*\n$/) });
      expect(await exec('get', 'nothing')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: .*nothing.*\n$/),
      });
    });
  });

  test('login keeps several contexts in a file that only its owner can read', async () => {
    const { url } = theBench();
    const options = { cwd: cli.cwd, env: { XDG_CONFIG_HOME: join(cli.cwd, randomUUID()) } };
    const exec = (...args: string[]) => runCli(args, options);
    const file = join(options.env.XDG_CONFIG_HOME, 'exec-agent/contexts.json');
    const wrong = await runCli(['login', url], { ...options, stdin: 'exa_wrong\n' });
    expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('Nothing was kept') });
    const login = (name: string) => runCli(['login', url, '--name', name], { ...options, stdin: `${token}\n` });
    expect(await login('one')).toMatchObject({ code: 0, stderr: '' });
    expect(await login('two')).toMatchObject({ code: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { contexts } = JSON.parse((await exec('context', 'list', '--json')).stdout);
    expect(contexts).toMatchObject([
      { name: 'local', current: false },
      { name: 'one', url, token: true, current: false },
      { name: 'two', current: true },
    ]);
    expect((await exec('context')).stdout).not.toContain(token);
    expect(await exec('ps', '--all')).toMatchObject({ code: 0 });
    expect(await exec('context', 'use', 'one')).toMatchObject({ code: 0 });
    expect(await exec('context', 'rm', 'two')).toMatchObject({ code: 0 });
    expect(await exec('ps', '--context', 'two')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('local, one'),
    });
    await chmod(file, 0o644);
    expect(await exec('ps')).toMatchObject({ code: 2, stderr: expect.stringContaining('chmod 600') });
    await chmod(file, 0o600);
    expect(await exec('context', 'use', 'local')).toMatchObject({ code: 0 });
    expect((await exec('ps', '--data-dir', cli.cwd)).stderr).toContain('No agent was found');
  });

  test('an agent that is away is one sentence, over HTTP and Redis', async () => {
    const free = 'http://127.0.0.1:9';
    for (const args of [
      ['ps', '--url', free],
      ['ps', '--redis', 'redis://127.0.0.1:9'],
    ]) {
      const { code, stderr } = await runCli(args, { cwd: cli.cwd, env: {} });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: [^\n]*cannot be reached[^\n]*\n$/);
    }
  });
});
