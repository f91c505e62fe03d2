import { expect, test } from 'vitest';
import { openParts } from '../../src/agent/runtime/open-parts.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { readRecord } from '../../src/queue/records/read-record.ts';
import { openDeployment } from '../agent/open-test-agent.ts';
import { publishImage } from '../parts/images/publish-image.ts';
import type { AdmissionBench } from './open-admission-bench.ts';

const { signal } = new AbortController();

/** Tags are names that anyone may move; digests are not. */
export function tagCases(bench: () => AdmissionBench): void {
  test('a tag that moves after it was judged changes nothing: the judged digest runs', async () => {
    const { registry, runtime, deployment: own } = bench();
    const { registriesFile } = own.config;
    const name = `${registry.address}/moving-${runtime}:1`;
    const first = await publishImage(name, 'first');
    const partsOf: typeof openParts = async (config, context) => {
      const { choice, store } = await openParts(config, context);
      const { images } = choice.runtime;
      const moving: typeof images.ensure = async (reference, options) => {
        const resolved = await images.ensure(reference, options);
        await publishImage(name, 'second');
        // The name means the other image now, for the runtime as well.
        await images.ensure(reference, { pull: 'always', signal });
        return resolved;
      };
      const moved = { ...choice.runtime, images: { ...images, ensure: moving } };
      const capabilities = { capabilities: choice.runtime.capabilities };
      return { choice: { ...choice, runtime: Object.assign(moved, capabilities) }, store };
    };
    const deployment = await openDeployment({ runtime, registriesFile }, {}, { partsOf });
    try {
      await deployment.open();
      const response = await deployment.run({ container: { image: name } });
      expect(response).toMatchObject({ success: true, result: { output: 'first', metadata: { image_digest: first } } });
      expect((await deployment.run({ container: { image: name } })).result?.output).toBe('second');
    } finally {
      await deployment.close();
    }
  });

  test('the digest is on record while the container runs', async () => {
    const { registry, runtime, deployment } = bench();
    const image = `${registry.address}/recorded-${runtime}:1`;
    const digest = await publishImage(image, 'recorded');
    await deployment.publish({ correlation_id: image, container: { image, command: ['sleep', '600'] } });
    const { redis, config } = deployment;
    const keys = queueKeys(config.keyPrefix);
    const executionId = async () => (await redis.get(keys.correlation('default', image))) ?? '';
    await expect
      .poll(async () => readRecord(redis, keys.execution(await executionId())), { timeout: 60_000 })
      .toMatchObject({ state: 'running', images: [{ reference: image, digest }] });
    await redis.publish(config.controlChannel, JSON.stringify({ cancel: image }));
    expect(await deployment.answerTo(image)).toMatchObject({ error_code: 'CANCELED' });
  });

  test('a digest that the policy denies does not run under any tag', async () => {
    const { registry, runtime, deployment, setPolicy } = bench();
    const image = `${registry.address}/denied-${runtime}:1`;
    const digest = await publishImage(image, 'denied');
    await setPolicy(`images: {deny: ["**@${digest}"]}\n`);
    await expect
      .poll(async () => (await deployment.run({ container: { image } })).error, { timeout: 60_000 })
      .toContain(`denied by the policy here (**@${digest})`);
    await setPolicy('');
    await expect
      .poll(async () => (await deployment.run({ container: { image } })).success, { timeout: 60_000 })
      .toBe(true);
  });
}
