import { readdir } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import { describeWith } from '../parts/require-part.ts';
import { startCli } from './helpers/run-cli.ts';
import { testChannels } from './helpers/test-channels.ts';
import { responseOf, useCli } from './helpers/use-cli.ts';

const cli = useCli();

describeWith(['docker', 'redis'], 'the program as it is shipped', () => {
  test('serves requests over Redis and HTTP, with all the parts that it loads on the way', async () => {
    const { requestChannel, responseChannel, controlChannel, keyPrefix } = testChannels('built');
    const env = {
      ...cli.options.env,
      REDIS_URL: inject('redisUrl'),
      PORT: '0',
      EXEC_REQUEST_CHANNEL: requestChannel,
      EXEC_RESPONSE_CHANNEL: responseChannel,
      EXEC_CONTROL_CHANNEL: controlChannel,
      EXEC_KEY_PREFIX: keyPrefix,
    };
    const run = (args: string[], stdin = '') => startCli(args, { cwd: cli.cwd, env, stdin }).ended;
    const agent = startCli(['serve'], { cwd: cli.cwd, env });
    await agent.says('serving until SIGTERM');

    const request = JSON.stringify({ container: { image: 'alpine', command: ['echo', 'hi'] } });
    const answered = await run(['submit', '-', '--wait'], request);
    expect(responseOf(answered)).toMatchObject({ success: true, result: { output: 'hi\n' } });

    const url = /"http":"([^"]+)"/.exec(agent.stderr())?.[1];
    const list = await fetch(`${url}/v1/executions`);
    expect(await list.json()).toMatchObject({ executions: [{ image: 'alpine' }] });
    const refused = await fetch(`${url}/v1/executions`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await refused.text()).toContain('container');
    expect((await fetch(`${url}/docs`)).status).toBe(200);

    agent.kill('SIGTERM');
    expect((await agent.ended).code).toBe(0);
  });

  test('keep: reports in one line what its settings lack, with an exit code that starts it again', async () => {
    const { code, stderr } = await startCli(['keep'], { ...cli.options, env: { EXEC_AGENT_KEEP: '{}' } }).ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: EXEC_AGENT_KEEP: .+\n$/) });
  });

  test('has the helpers that it starts by their path, and the licences of what it holds', async () => {
    const inSources = await readdir(new URL('../../src', import.meta.url), { recursive: true });
    const built = await readdir(new URL('../../dist', import.meta.url), { recursive: true });
    const helpers = inSources.filter((path) => /[.](cjs|bin)$/.test(path));
    expect(helpers).toContain('runtimes/oci/launcher/program/launcher-arm64.bin');
    expect(built).toEqual(expect.arrayContaining([...helpers, 'cli/LICENSES.txt']));
  });
});
