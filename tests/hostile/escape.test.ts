import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ExecutionResponse } from '../../src/wire/response/response.ts';
import { openDeployment, shell, type TestDeployment } from '../agent/open-test-agent.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { isWaiting } from '../parts/is-waiting.ts';
import { ociWaits } from '../parts/oci-waits.ts';
import { becomesTrue } from '../parts/poll.ts';
import { processesNaming } from '../parts/processes/processes-naming.ts';
import { describeWith } from '../parts/require-part.ts';
import { type Attack, escapeScript, escapes, exhaustion } from './attacks.ts';
import { traceScript } from './trace-attack.ts';

const ticks = 100;
const canary = `canary-${randomUUID()}`;
const neighbourScript = `echo ${canary} > /workspace/output/${canary}; cp /workspace/output/${canary} /tmp
for i in $(seq ${ticks}); do echo tick $i; sleep 0.1; done`;
const spyScript = `sleep 1; find / -name '${canary.slice(0, 12)}*' 2>/dev/null; grep -rls ${canary.slice(0, 20)} /workspace /tmp /dev/shm /proc/[0-9]*/root/tmp 2>/dev/null; true`;

const requestOf = ({ script, container = {}, more = {} }: Attack) => ({
  container: { image: 'alpine:latest', command: ['sh', '-c', script], ...container },
  input: { files: [{ name: 'file', content: 'content' }], config_data: {} },
  ...more,
});

function expectHeld(ways: ExecutionResponse): void {
  const lines = (ways.result?.output ?? '').split('\n');
  expect(lines.filter((line) => line.startsWith('CAME THROUGH'))).toEqual([]);
  expect(lines.filter((line) => line.startsWith('held: '))).toHaveLength(Object.keys(escapes).length);
}

describeWith(['redis', 'docker', 'oci', 'debian-image'], 'a container that wants out, or more than its share', () => {
  describe.each(['docker', 'oci'] as const)('on %s', (runtime) => {
    let deployment: TestDeployment;
    let neighbour: ExecutionResponse;
    let spy: ExecutionResponse;
    let ways: ExecutionResponse;
    const responses = new Map<string, ExecutionResponse>();

    const run = (attack: Attack) => deployment.run(requestOf(attack));

    beforeAll(async () => {
      deployment = await openDeployment({ runtime, hostImage: true, openFiles: 100, concurrency: 12, stopGrace: 1 });
      await deployment.open();
      const attacks = Object.entries(exhaustion).map(async ([title, attack]) =>
        responses.set(title, await run(attack)),
      );
      [neighbour, spy, ways] = await Promise.all([
        run({ script: neighbourScript, more: { output: { expected_files: [canary] } } }),
        run({ script: spyScript }),
        run({ script: escapeScript() }),
        ...attacks,
      ]);
    });
    afterAll(() => deployment?.close());

    const answerTo = (title: keyof typeof exhaustion) => responses.get(title);

    test('every way out is closed', () => {
      expectHeld(ways);
    });

    test('what ptrace reaches is its own: no process of this machine, no more rights', async () => {
      const { config, redis } = deployment;
      const victim = `victim-${randomUUID()}`;
      await deployment.publish({ ...shell(`: ${victim}; sleep 600; true`), correlation_id: victim });
      try {
        await expect.poll(() => processesNaming(victim), { timeout: 60_000 }).not.toEqual([]);
        const targets = [process.pid, ...(await processesNaming(victim))].map(String);
        const image = runtime === 'oci' ? 'host' : 'python:3.9-slim';
        const response = await deployment.run({
          container: { image, command: ['python3', '-u', '-c', traceScript, ...targets] },
        });
        expect(response.result?.output.trimEnd().split('\n')).toEqual([
          'own child: attached',
          'a process of root, as nobody: Operation not permitted',
          'user of a setuid program that nobody traces: 65534',
          ...targets.map((pid) => `process ${pid} of this machine: No such process`),
        ]);
        expect(response.error).toBeUndefined();
      } finally {
        await redis.publish(config.controlChannel, JSON.stringify({ cancel: victim }));
      }
      expect(await deployment.answerTo(victim)).toMatchObject({ error_code: 'CANCELED' });
    });

    test('a fork bomb is held to its processes and ended at its timeout', () => {
      expect(answerTo('a fork bomb')).toMatchObject({ success: false });
      expect(['TIMEOUT', 'EXIT_NONZERO']).toContain(answerTo('a fork bomb')?.error_code);
    });

    test('a process too many fails, and the error names the setting', () => {
      const response = answerTo('too many processes');
      expect(response).toMatchObject({ success: false, error_code: 'EXIT_NONZERO' });
      expect(response?.error).toContain('40 processes and threads (container.resources.pids)');
      expect(response?.result?.output).not.toContain('all of them');
    });

    test('more memory than it may have is OUT_OF_MEMORY', () => {
      expect(answerTo('a memory bomb')).toMatchObject({ success: false, error_code: 'OUT_OF_MEMORY' });
      expect(answerTo('a memory bomb')?.error).toContain('32 MiB');
    });

    test('a full /tmp and a full root filesystem end at their size, and the error names the setting', () => {
      const root = answerTo('a full root filesystem');
      expect(root).toMatchObject({ success: false });
      expect(root?.result?.output).not.toContain('all of it');
      expect(root?.error).toMatch(/8 MiB.*container\.resources\.disk/);
      expect(answerTo('a full /tmp')).toMatchObject({ success: false, error_code: 'EXIT_NONZERO' });
      expect(answerTo('a full /tmp')?.error).toContain('8 MiB each (container.resources.disk)');
    });

    test('open files are counted', () => {
      const response = answerTo('too many open files');
      expect(response?.result?.output).toMatch(/Too many open files|No file descriptors/i);
      expect(response?.error).toContain('100 files open (EXEC_OPEN_FILES');
    });

    test('the neighbour’s run and the agent notice nothing, and nobody finds the neighbour’s files', async () => {
      expect(neighbour).toMatchObject({ success: true, result: { output_files: [{ content: `${canary}\n` }] } });
      expect(neighbour.result?.output).toContain(`tick ${ticks}\n`);
      expect(spy).toMatchObject({ success: true, result: { output: '' } });
      expect(await run({ script: 'echo fine' })).toMatchObject({ success: true, result: { output: 'fine\n' } });
    });
  });

  test.each([
    'docker',
    'oci',
  ] as const)('finds every way out closed also where it waited for its command on %s', async (runtime) => {
    const deployment = await openDeployment({ runtime, warmContainers: 1 });
    try {
      await deployment.open();
      for (let run = 0; run < 2; run += 1) await deployment.run(requestOf({ script: 'true' }));
      const api = createDockerApi(inject('docker').host.slice('unix://'.length));
      const oneWaits = async () =>
        runtime === 'oci' ? ociWaits(deployment.config.dataDir) : (await api.containers()).some(isWaiting);
      expect(await becomesTrue(oneWaits, 60_000)).toBe(true);
      const ways = await deployment.run(requestOf({ script: `cat /proc/1/cmdline; echo; ${escapeScript()}` }));
      // What an attack writes to stderr may come first.
      expect(ways.result?.output).toMatch(/^.*\.exec-agent-/m);
      expectHeld(ways);
    } finally {
      await deployment.close();
    }
  });
});
