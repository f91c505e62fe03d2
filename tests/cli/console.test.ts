import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { becomesTrue } from '../parts/poll.ts';
import { missingPrograms } from '../parts/processes/missing-programs.ts';
import { describeWith } from '../parts/require-part.ts';
import { runCliOnTerminal, startCli } from './helpers/run-cli.ts';
import { useCli } from './helpers/use-cli.ts';

const inTime = 30_000;
const noTerminal = await missingPrograms('script');

describeWith(['redis', 'docker', 'oci'], 'the commands that look at the queue', () => {
  const cli = useCli();
  let deployment: TestDeployment;

  beforeAll(async () => {
    deployment = await openDeployment({ runtime: 'oci' });
    await deployment.open();
  });
  afterAll(() => deployment.close());

  function options() {
    const { config } = deployment;
    const env = {
      REDIS_URL: inject('redisUrl'),
      EXEC_KEY_PREFIX: config.keyPrefix,
      EXEC_REQUEST_CHANNEL: config.requestChannel,
      EXEC_RESPONSE_CHANNEL: config.responseChannel,
      EXEC_CONTROL_CHANNEL: config.controlChannel,
      EXEC_LOGS_CHANNEL: config.logsChannel,
    };
    return { cwd: cli.cwd, env };
  }
  const exec = (...args: string[]) => startCli(args, { stdin: '', ...options() }).ended;

  async function start(script: string): Promise<string> {
    const id = randomUUID();
    await deployment.publish(shell(script, { correlation_id: id, tags: { suite: id } }));
    const runs = async () => {
      const { stdout } = await exec('ps', '--state', 'running', '--tag', `suite=${id}`, '--json');
      return JSON.parse(stdout).executions.length === 1;
    };
    expect(await becomesTrue(runs, inTime)).toBe(true);
    return id;
  }

  test.skipIf(noTerminal !== '')(
    `on a terminal ps, logs, get and errors escape what containers and senders wrote${noTerminal}`,
    async () => {
      const attack = '\u001b]0;title\u0007\u001b[2J\r\u009b1A\u202e';
      const shown = String.raw`\x1b]0;title\x07\x1b[2J\x0d\u009b1A\u202e`;
      const id = `${randomUUID()}${attack}`;
      const script = String.raw`printf '\033]0;title\007\033[2J\r\302\2331A\342\200\256\n'`;
      await deployment.publish(shell(script, { correlation_id: id }));
      const { execution_id: execution = '' } = await deployment.answerTo(id);
      const onTerminal = async (...args: string[]) => (await runCliOnTerminal(args, options())).stdout;
      const control = /(?!\n)[\p{Cc}\p{Cf}]/u;
      const listed = await onTerminal('ps', '--all');
      expect(listed).toContain(shown);
      const log = await onTerminal('logs', execution);
      expect(log).toBe(`${shown}\n`);
      const answer = await onTerminal('get', execution);
      expect(JSON.parse(answer)).toMatchObject({ correlation_id: id, result: { output: `${attack}\n` } });
      const missing = await onTerminal('get', `"$(printf 'none\\033[2J')"`);
      expect(missing).toContain(String.raw`none\x1b[2J`);
      for (const text of [listed, log, answer, missing]) expect(text).not.toMatch(control);
      expect(await onTerminal('logs', '--raw', execution)).toBe(`${attack}\n`);
      expect((await exec('logs', execution)).stdout).toBe(`${attack}\n`);
    },
  );

  test('a running execution is listed, followed, canceled, and its answer printed', async () => {
    const id = await start('echo begun; echo careful >&2; sleep 60');
    expect((await exec('ps')).stdout).toContain(id);
    expect(await exec('get', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('running') });
    const follower = startCli(['logs', '--follow', id], options());
    await follower.says('careful');
    expect(await exec('cancel', id)).toMatchObject({ code: 0 });
    expect(await deployment.answerTo(id)).toMatchObject({ error_code: 'CANCELED' });
    expect(await follower.ended).toMatchObject({ code: 0, stdout: 'begun\n' });
    const { stdout } = await exec('get', id);
    expect(JSON.parse(stdout)).toEqual(await deployment.answerTo(id));
    expect((await exec('cancel', id)).stdout).toContain('already finished');
    expect((await exec('ps')).stdout).not.toContain(id);
    expect((await exec('ps', '--all')).stdout).toMatch(new RegExp(`CANCELED.*${id}`));
  });

  test('a paused queue lets requests wait until it is resumed', async () => {
    await exec('pause');
    const id = randomUUID();
    await deployment.publish(shell('echo ran', { correlation_id: id }));
    const waits = async () => (await exec('ps', '--state', 'queued')).stdout.includes(id);
    expect(await becomesTrue(waits, inTime)).toBe(true);
    await exec('resume');
    expect(await deployment.answerTo(id)).toMatchObject({ success: true });
  });

  test('agents are listed with how busy they are', async () => {
    // An agent says it now and then; what it ran before may still count.
    const isIdle = async () => /oci\s+0\/\d+/.test((await exec('agents')).stdout);
    expect(await becomesTrue(isIdle, inTime)).toBe(true);
  });

  test('what is not on record is said to be so', async () => {
    expect(await exec('get', 'nothing')).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing') });
  });
});
