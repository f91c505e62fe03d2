import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { becomesTrue } from '../parts/poll.ts';
import { describeWith } from '../parts/require-part.ts';
import { openDeployment, shell, type TestDeployment } from './open-test-agent.ts';

const { signal } = new AbortController();
const inTime = 30_000;

describeWith(['redis', 'docker', 'oci'], 'an agent', () => {
  describe.each(['docker', 'oci'] as const)('on %s', (runtime) => {
    let deployment: TestDeployment;

    beforeAll(async () => {
      deployment = await openDeployment({ runtime, logBytes: 2 * 1024 ** 2, outputBytes: 1024 ** 2, stopGrace: 1 });
      const agent = await deployment.open();
      await agent.store.put({ name: 'data/in.csv' }, Readable.from(['a,b\n1,2\n']), signal);
      await agent.store.put({ name: 'tree/x/1' }, Readable.from(['one']), signal);
      await agent.store.put({ name: 'tree/2' }, Readable.from(['two']), signal);
    });
    afterAll(() => deployment.close());

    test('everything goes in, everything comes out', async () => {
      const script = [
        'cd "$WORKSPACE_INPUT"; cat graph_data.json > "$WORKSPACE_OUTPUT/graph_update.json"',
        'cat in.csv deep/script.txt 1 x/1 2 "$WORKSPACE_CONFIG/config.json" "$WORKSPACE_CONFIG/services.json"',
        'echo $CUSTOM $EXECUTION_ID',
        'mkdir -p "$WORKSPACE_OUTPUT/tables"; echo r > "$WORKSPACE_OUTPUT/tables/r.csv"; printf "\\377" > "$WORKSPACE_OUTPUT/b.bin"',
      ].join('\n');
      const response = await deployment.run(
        shell(script, {
          input: {
            graph_data: { nodes: [{ id: '1' }], relationships: [] },
            config_data: { param: 42 },
            files: [{ name: 'script.txt', path: 'deep/script.txt', content: 'aGk=', encoding: 'base64' }],
            minio_objects: [{ object_name: 'data/in.csv' }, { object_name: 'tree/x/1' }, { object_name: 'tree/' }],
          },
          output: {
            expected_files: ['tables/', '*.bin'],
            graph_update: true,
            minio_upload: true,
            return_logs: true,
          },
          environment: { CUSTOM: 'value' },
        }),
      );
      expect(response.error).toBeUndefined();
      expect(response).toMatchObject({ success: true, result: { exit_code: 0 } });
      const { result } = response;
      expect(result?.output).toContain('a,b\n1,2\nhioneonetwo{"param":42}{}');
      expect(result?.output).toContain(`value ${response.execution_id}`);
      expect(result?.logs).toMatch(/^\S+Z stdout hioneonetwo/m);
      expect(result?.graph_update).toEqual({ nodes: [{ id: '1' }], relationships: [] });
      expect(result?.output_files).toMatchObject([
        { name: 'b.bin', content: '/w==', encoding: 'base64', size: 1 },
        { name: 'tables/r.csv', path: '/workspace/output/tables/r.csv', content: 'r\n', encoding: 'utf8', size: 2 },
      ]);
      const prefix = `executions/${response.execution_id}/output`;
      expect(result?.minio_objects.map(({ object_name: name }) => name)).toEqual([
        `${prefix}/b.bin`,
        `${prefix}/graph_update.json`,
        `${prefix}/tables/r.csv`,
      ]);
      expect(result?.metadata).toMatchObject({ runtime, attempt: 1, image_digest: expect.stringMatching(/^sha256:/) });
    });

    test('what goes to stderr is part of the output and marked in the log', async () => {
      const response = await deployment.run(shell('echo careful >&2', { output: { return_logs: true } }));
      expect(response.result?.output).toBe('careful\n');
      expect(response.result?.logs).toMatch(/^\S+Z stderr careful$/m);
    });

    test('exit code 3 is EXIT_NONZERO, and what was written is returned', async () => {
      const response = await deployment.run(
        shell('echo before; echo half > /workspace/output/r; exit 3', { output: { expected_files: ['r', 'never'] } }),
      );
      expect(response).toMatchObject({
        success: false,
        error_code: 'EXIT_NONZERO',
        result: { exit_code: 3, output: 'before\n', output_files: [{ name: 'r' }], missing_files: ['never'] },
      });
    });

    test('a timeout stops the container and returns what was written so far', async () => {
      const request = shell('echo begun; echo half > /workspace/output/r; sleep 60', {
        timeout: 1,
        output: { expected_files: ['r'] },
      });
      const response = await deployment.run(request);
      expect(response).toMatchObject({
        success: false,
        error_code: 'TIMEOUT',
        result: { exit_code: 143, output: 'begun\n', output_files: [{ name: 'r', content: 'half\n' }] },
      });
      expect(response.error).toContain('1 s');
    });

    test('a container that ignores SIGTERM is killed after the grace time', async () => {
      const response = await deployment.run(shell('trap "" TERM; while :; do sleep 1; done', { timeout: 0.5 }));
      expect(response).toMatchObject({ error_code: 'TIMEOUT', result: { exit_code: 137 } });
    });

    test('a running execution is canceled by its correlation id, and asking twice does no harm', async () => {
      const correlationId = randomUUID();
      await deployment.publish(shell('echo begun; sleep 60', { correlation_id: correlationId }));
      const { redis, config } = deployment;
      const cancel = () => redis.publish(config.controlChannel, JSON.stringify({ cancel: correlationId }));
      const ask = async () => {
        await cancel();
        return deployment.answers.some(({ correlation_id: id }) => id === correlationId);
      };
      expect(await becomesTrue(ask, inTime)).toBe(true);
      expect(await deployment.answerTo(correlationId)).toMatchObject({ success: false, error_code: 'CANCELED' });
    });

    test('a command that does not exist is START_FAILED', async () => {
      const response = await deployment.run({ container: { image: 'alpine:latest', command: ['no-such-command'] } });
      expect(response).toMatchObject({ success: false, error_code: 'START_FAILED' });
      expect(response.error).toContain('no-such-command');
    });

    test('an image that is nowhere is said to be', async () => {
      const response = await deployment.run({ container: { image: 'no-such-image:1', pull: 'never' } });
      expect(response).toMatchObject({ success: false, error_code: 'IMAGE_NOT_FOUND' });
      expect(response.error).toContain('no-such-image:1');
    });

    test('a missing object is INPUT_NOT_FOUND and names it', async () => {
      const response = await deployment.run(shell('true', { input: { minio_objects: [{ object_name: 'no/such' }] } }));
      expect(response).toMatchObject({ success: false, error_code: 'INPUT_NOT_FOUND' });
      expect(response.error).toContain('no/such');
      expect(response.result).toBeUndefined();
    });

    test('an expected file that was not written is OUTPUT_MISSING', async () => {
      const response = await deployment.run(shell('true', { output: { expected_files: ['r.json'] } }));
      expect(response).toMatchObject({
        success: false,
        error_code: 'OUTPUT_MISSING',
        result: { missing_files: ['r.json'] },
      });
    });

    test('a graph update that is none is OUTPUT_INVALID, no graph update is fine', async () => {
      const output = { graph_update: true };
      const bad = await deployment.run(shell('echo "{}" > /workspace/output/graph_update.json', { output }));
      expect(bad).toMatchObject({ success: false, error_code: 'OUTPUT_INVALID' });
      expect(await deployment.run(shell('true', { output }))).toMatchObject({ success: true });
    });

    test('a link in place of an expected file is refused for any target', async () => {
      const response = await deployment.run(
        shell('ln -s /etc/passwd /workspace/output/r', { output: { expected_files: ['r'] } }),
      );
      expect(response).toMatchObject({ success: false, error_code: 'OUTPUT_INVALID', result: { output_files: [] } });
    });

    test('output over the limit is OUTPUT_TOO_LARGE', async () => {
      const script = 'head -c 3000000 /dev/zero > /workspace/output/big';
      const response = await deployment.run(shell(script, { output: { expected_files: ['*'] } }));
      expect(response).toMatchObject({ success: false, error_code: 'OUTPUT_TOO_LARGE' });
    });

    test('100 MB of log stop the container, and the answer stays small', async () => {
      const response = await deployment.run(shell('yes 0123456789 | head -c 100000000; sleep 60'));
      expect(response).toMatchObject({ success: false, error_code: 'OUTPUT_TOO_LARGE' });
      expect(response.error).toContain('2 MiB');
      expect(JSON.stringify(response).length).toBeLessThan(2 * 1024 ** 2);
    });

    test('after all that it goes on with the next request', async () => {
      expect(await deployment.run(shell('echo still here'))).toMatchObject({
        success: true,
        result: { output: 'still here\n' },
      });
    });
  });
});

describeWith(['redis', 'oci', 'docker'], 'the door', () => {
  let deployment: TestDeployment;

  beforeAll(async () => {
    deployment = await openDeployment({ runtime: 'oci' });
    await deployment.open();
    await deployment.open();
  });
  afterAll(() => deployment.close());

  const answersTo = (correlationId: string | null) =>
    deployment.answers.filter(({ correlation_id: id }) => id === correlationId);

  test('a message that two agents hear is answered once', async () => {
    const ids = Array.from({ length: 20 }, () => randomUUID());
    await Promise.all(ids.map((id) => deployment.publish(shell('echo once', { correlation_id: id }))));
    for (const id of ids) expect(await deployment.answerTo(id)).toMatchObject({ success: true });
    for (const id of ids) expect(answersTo(id)).toHaveLength(1);
  });

  test('the same message again is answered from the record, and says so', async () => {
    const request = shell('cat /proc/sys/kernel/random/uuid', { correlation_id: randomUUID() });
    const first = await deployment.run(request);
    await deployment.publish(request);
    expect(await becomesTrue(() => answersTo(first.correlation_id).length === 2, inTime)).toBe(true);
    const [, second] = answersTo(first.correlation_id);
    expect(second?.execution_id).toBe(first.execution_id);
    expect(second?.result?.output).toBe(first.result?.output);
    expect(second?.result?.metadata.warnings?.join()).toContain('did not run again');
  });

  test('the same id with another body is another request', async () => {
    const id = randomUUID();
    const first = await deployment.run(shell('echo 1', { correlation_id: id }));
    await deployment.publish(shell('echo 2', { correlation_id: id }));
    expect(await becomesTrue(() => answersTo(id).length === 2, inTime)).toBe(true);
    expect(answersTo(id)[1]?.execution_id).not.toBe(first.execution_id);
  });

  test('text that is not JSON is answered once, although two agents receive it', async () => {
    await deployment.publish('{"correlation_id": "broken", ');
    expect(await becomesTrue(() => answersTo(null).length > 0, inTime)).toBe(true);
    expect(answersTo(null)).toMatchObject([{ success: false, error_code: 'INVALID_REQUEST' }]);
    await deployment.run(shell('true'));
    expect(answersTo(null)).toHaveLength(1);
  });

  test.each([
    ['wrong types', { container: { image: 1 } }, 'container.image: 1'],
    [
      'a path with ..',
      shell('true', { input: { files: [{ name: '../x', content: '' }] } }),
      'input.files[0].name: "../x"',
    ],
    [
      'two inputs for one path',
      shell('true', { input: { files: [1, 2].map(() => ({ name: 'x', content: '' })) } }),
      'input.files[1]',
    ],
    ['a variable that the agent owns', shell('true', { environment: { WORKSPACE_INPUT: '/x' } }), 'WORKSPACE_INPUT'],
    ['too much memory', { container: { image: 'a', resources: { memory: '999t' } } }, 'container.resources.memory'],
    ['the image "host" where it is not allowed', { container: { image: 'host' } }, 'not allowed here'],
  ])('%s is refused, naming the field', async (_title, request, part) => {
    const response = await deployment.run(request);
    expect(response).toMatchObject({
      success: false,
      error_code: expect.stringMatching(/^(INVALID_REQUEST|POLICY_DENIED)$/),
    });
    expect(response.error).toContain(part);
    expect(response.result).toBeUndefined();
  });

  test('an answer goes to the channel that reply_to names, and to no other', async () => {
    const subscriber = deployment.redis.duplicate();
    try {
      const channel = `${deployment.config.responseChannel}:${randomUUID()}`;
      const answered = new Promise((resolve) => subscriber.once('message', (_from, text) => resolve(text)));
      await subscriber.subscribe(channel);
      const id = randomUUID();
      await deployment.publish(shell('echo hi', { correlation_id: id, reply_to: channel }));
      expect(JSON.parse(String(await answered))).toMatchObject({ correlation_id: id, success: true });
      expect(answersTo(id)).toEqual([]);
    } finally {
      subscriber.disconnect();
    }
  });

  test('a request through the stream is run, acknowledged, answered on the channel and kept in the answer stream', async () => {
    const { redis, config } = deployment;
    const id = randomUUID();
    const request = JSON.stringify(shell('echo durable', { correlation_id: id }));
    await redis.xadd(config.requestChannel, '*', 'request', request);
    expect(await deployment.answerTo(id)).toMatchObject({ success: true, result: { output: 'durable\n' } });
    expect(await becomesTrue(async () => (await redis.xlen(config.requestChannel)) === 0, inTime)).toBe(true);
    const kept = await redis.xrevrange(config.responseChannel, '+', '-');
    expect(kept.some(([, fields]) => fields[1]?.includes(id) === true)).toBe(true);
  });

  test('one that waits is canceled without ever running', async () => {
    const { redis, config } = deployment;
    const blockers = Array.from({ length: 2 * config.concurrency }, () => randomUUID());
    for (const id of blockers) await deployment.publish(shell('sleep 60', { correlation_id: id }));
    const id = randomUUID();
    await deployment.publish(shell('echo ran', { correlation_id: id }));
    const cancel = async (canceled: string) => {
      const ask = async () => {
        await redis.publish(config.controlChannel, JSON.stringify({ cancel: canceled }));
        return answersTo(canceled).length > 0;
      };
      expect(await becomesTrue(ask, inTime)).toBe(true);
    };
    await cancel(id);
    expect(await deployment.answerTo(id)).toMatchObject({ success: false, error_code: 'CANCELED' });
    expect((await deployment.answerTo(id)).result).toBeUndefined();
    await Promise.all(blockers.map(cancel));
    expect([...blockers, id].map((each) => answersTo(each).length)).toEqual([...blockers, id].map(() => 1));
  });
});
