import { expect, inject, test } from 'vitest';
import { describeWith } from '../parts/require-part.ts';
import { runCli, startCli } from './helpers/run-cli.ts';
import { testChannels } from './helpers/test-channels.ts';
import { responseOf, useCli } from './helpers/use-cli.ts';

const cli = useCli();

describeWith(['docker', 'redis'], 'exec-agent serve and submit', () => {
  test('submit: a request gets its response; without an agent the message says how to start one', async () => {
    const { requestChannel, responseChannel, controlChannel, keyPrefix } = testChannels('cli');
    const env = {
      ...cli.options.env,
      REDIS_URL: inject('redisUrl'),
      EXEC_REQUEST_CHANNEL: requestChannel,
      EXEC_RESPONSE_CHANNEL: responseChannel,
      EXEC_CONTROL_CHANNEL: controlChannel,
      EXEC_KEY_PREFIX: keyPrefix,
    };
    const submit = (request: object, ...args: string[]) =>
      runCli(['submit', '-', ...args], { cwd: cli.cwd, env, stdin: JSON.stringify(request) });
    const echo = { correlation_id: 'ok', container: { image: 'alpine', command: ['echo', 'hi'] } };

    expect(await submit(echo)).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: No agent is listening on ${requestChannel} at ${inject('redisUrl')}. Start one with "exec-agent serve".\n`,
    });

    const agent = startCli(['serve'], { cwd: cli.cwd, env });
    await agent.says('serving until SIGTERM');
    const waited = await submit(echo, '--wait');
    expect(waited).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Submitted: execution [0-9a-f-]{36}\.\n$/),
    });
    expect(responseOf(waited)).toMatchObject({ correlation_id: 'ok', success: true, result: { output: 'hi\n' } });

    const failing = await submit({ container: { image: 'alpine', command: ['sh', '-c', 'exit 4'] } }, '--wait');
    expect(failing.code).toBe(4);
    expect(responseOf(failing)).toMatchObject({ error_code: 'EXIT_NONZERO', result: { exit_code: 4 } });

    expect(await submit({ ...echo, correlation_id: 'other' })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/),
    });
    expect(await submit({ container: {} })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('container.image'),
    });

    const sleeping = (seconds: number) => ({ container: { image: 'alpine', command: ['sleep', String(seconds)] } });
    const impatient = await submit(sleeping(3), '--wait', '--timeout', '1');
    expect(impatient).toMatchObject({ code: 124, stdout: '' });
    expect(impatient.stderr).toMatch(/error: There was no response within 1 s\. .*"exec-agent cancel [0-9a-f-]{36}"/);

    const stdin = JSON.stringify({ ...sleeping(60), correlation_id: 'long' });
    const interrupted = startCli(['submit', '-', '--wait'], { cwd: cli.cwd, env, stdin });
    await interrupted.says('Submitted');
    interrupted.kill('SIGINT');
    const canceled = await interrupted.ended;
    expect(canceled.code).toBe(130);
    expect(responseOf(canceled)).toMatchObject({ correlation_id: 'long', error_code: 'CANCELED' });

    agent.kill('SIGTERM');
    expect((await agent.ended).code).toBe(0);
  });

  test('without REDIS_URL a private Redis is started, found by submit and stopped with the agent', async () => {
    const agent = startCli(['serve'], cli.options);
    await agent.says('serving until SIGTERM');
    const request = { container: { image: 'alpine', command: ['true'] } };
    const end = await runCli(['submit', '-', '--wait'], { ...cli.options, stdin: JSON.stringify(request) });
    expect(end).toMatchObject({ code: 0 });
    agent.kill('SIGTERM');
    const { code, stderr } = await agent.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/"redisCli":"redis-cli -s \/[^"]+\.sock"/);
    const late = await runCli(['submit', '-'], { ...cli.options, stdin: JSON.stringify(request) });
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/^error: No agent was found: .* Start an agent with "exec-agent serve"/);
  });
});
