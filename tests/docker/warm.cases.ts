import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createContainer, follow, inSandbox, run, stepSpecOf } from '../../src/runtimes/contract/bench.contract.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { describeWarmContract, testWarmContainers, type WarmBench } from '../warm/warm.cases.ts';
import { openDockerBench } from './open-docker-bench.ts';
import { openWarmBench } from './open-warm-bench.ts';

/** One after the other with the other cases of the driver: they share a deployment. */
export function describeWarmContainers(): void {
  describeWarmContract(openWarmBench);

  describe('a warm container', () => {
    let bench: WarmBench;
    beforeAll(async () => {
      bench = await openWarmBench();
    });
    afterAll(() => bench.close());
    const api = () => createDockerApi(inject('docker').host.slice('unix://'.length));

    test('warm container: gives its command the same as one that is made for it', async () => {
      const script = `tr '\\0' '\\n' < /proc/self/environ | grep -v ^HOSTNAME= | sort; ls -l /proc/self/fd/ | sed 's/.*[0-9] //'
        grep -E '^(Sig(Pnd|Blk|Ign|Cgt)|Cap|Seccomp|NoNew|Uid|Gid|Groups|PPid)' /proc/$$/status
        ulimit -a; umask; pwd; find / -xdev 2>/dev/null | sort; find /workspace /tmp | sort; cut -d' ' -f5-6 /proc/self/mountinfo | sort
        cut -d' ' -f4,6,7 /proc/$$/stat; [ "$(cut -d' ' -f5 /proc/$$/stat)" = $$ ] && echo leads its group`;
      const options = { script, env: { HOME: '/tmp', NEW: 'a=b', PATH: '/bin:/usr/bin' } };
      const cold = await openDockerBench({ transfer: 'bind' });
      try {
        const [warm, made] = [await run(bench, options), await run(cold, options)];
        const plain = ({ stdout }: typeof warm) =>
          stdout.replaceAll(/[0-9a-f-]{36,64}|docker-runtime-\w+|pipe:\[\d+\]/g, '*');
        expect(plain(warm)).toBe(plain(made));
      } finally {
        await cold.close();
      }
    });

    test('warm container: does not show the variables of a command to the engine', async () => {
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const spec = await stepSpecOf(bench, { script: 'echo "$TOKEN"' });
        const secrets = [{ name: 'TOKEN', as: 'variable', value: Buffer.from('s3cret-value\n') }] as const;
        const container = await sandbox.create({ ...spec, secrets });
        expect(container.handle).toMatchObject({ waited: true });
        await container.start();
        expect((await follow(container)).stdout).toBe('s3cret-value\n');
        expect(await api().inspect(String(container.handle.id))).not.toContain('s3cret-value');
      });
    });

    test('warm container: is not used when it has ended', async () => {
      await inSandbox(bench.runtime, {}, async (sandbox) => {
        const { sandboxId } = sandbox.handle;
        const mine = (await api().containers()).find(({ Labels }) => Labels['exec-agent.sandbox'] === sandboxId);
        await api().kill(mine?.Id ?? '');
        const container = await createContainer(bench, sandbox, { script: 'echo ran' });
        await container.start();
        expect((await follow(container)).stdout).toBe('ran\n');
      });
    });

    testWarmContainers(() => bench);
  });
}
