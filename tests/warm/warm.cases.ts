import { expect, test } from 'vitest';
import {
  createContainer,
  failureOf,
  follow,
  inSandbox,
  never,
  run,
  specOf,
  stepSpecOf,
} from '../../src/runtimes/contract/bench.contract.ts';
import { freePort } from '../../src/runtimes/contract/network-cases.contract.ts';
import { describeWarm, type RuntimeBench, type SkippedCase } from '../../src/runtimes/runtime.contract.ts';
import { becomesTrue } from '../parts/poll.ts';

const patienceMs = 30_000;

export interface WarmBench extends RuntimeBench {
  /** Names of the containers that wait, or are made to. */
  waiting(): Promise<readonly string[]>;
}

/** What no driver can pass with a container that waits. */
const impossible: readonly SkippedCase[] = [
  {
    case: 'servesContainers: reports that sandboxes can be served here, and the trial leaves nothing where none are kept ready',
    reason: 'it opens no sandbox',
  },
  {
    case: 'a sweep removes the unknown executions of its deployment and no others',
    reason: 'it counts what belongs to one execution each',
  },
];

const beginsAnew = 'its execution begins anew, with another container';
/** What a driver cannot pass whose containers wait under a user, in a process of their agent. */
const impossibleHere: readonly SkippedCase[] = [
  {
    case: 'a user that the image does not know is START_FAILED and named',
    reason: 'no container can wait under that user',
  },
  { case: 'another agent starts a container that was created and never started', reason: beginsAnew },
  {
    case: 'stdin: another agent starts a container that was created with it, and it is whole',
    reason: beginsAnew,
  },
  { case: 'a container that was created and never started joins its network from another agent', reason: beginsAnew },
];

/**
 * The contract of runtimes, with a container that waits in every sandbox.
 * @param skip cases that this driver cannot pass
 */
export function describeWarmContract(open: () => Promise<WarmBench>, skip = impossibleHere): void {
  describeWarm('with a container that waits', { open, skip: [...impossible, ...skip] });
}

/**
 * The cases of warm containers that are the same for every driver. The last one closes the runtime of the bench.
 * @param left what else of warm containers could be left on the host
 */
export function testWarmContainers(
  bench: () => WarmBench,
  left: () => Promise<readonly string[]> = async () => [],
  { anyAgentStarts = false }: { readonly anyAgentStarts?: boolean } = {},
): void {
  // What is made ahead is the whole sandbox there: its ports are open before it is used, and any agent can start its containers.
  const testOwned = test.skipIf(anyAgentStarts);

  test('warm container: is not used for a step that wants something else', async () => {
    await inSandbox(bench().runtime, {}, async (sandbox) => {
      const other = await createContainer(bench(), sandbox, { command: ['id', '-u'], user: '1234' });
      expect(other.handle).not.toHaveProperty('waited');
      await other.start();
      expect((await follow(other)).stdout).toBe('1234\n');
    });
  });

  test('warm container: a command that is too long for it gets a container of its own', async () => {
    const long = 'x'.repeat(100_000);
    const { stdout } = await run(bench(), { command: ['sh', '-c', 'printf %s "$1" | wc -c', 'sh', long] });
    expect(stdout).toBe('100000\n');
  });

  test('warm container: gets secrets as files, and shows them to its command alone', async () => {
    const script = 'cat /run/secrets/TOKEN; ls /run/secrets; touch /run/secrets/mine 2>/dev/null || echo read-only';
    const secrets = [{ name: 'TOKEN', as: 'file', value: Buffer.from('s3cret-file\n') }] as const;
    const step = { ...(await stepSpecOf(bench(), { script })), secrets };
    await inSandbox(bench().runtime, { steps: [step] }, async (sandbox) => {
      const container = await sandbox.create(step);
      if (!anyAgentStarts) expect(container.handle).toMatchObject({ waited: true });
      await container.start();
      expect((await follow(container)).stdout).toBe('s3cret-file\nTOKEN\nread-only\n');
    });
    expect(bench().runtime.warmCounts?.()?.used).toBeGreaterThan(0);
  });

  // A cluster removes images itself; its bench makes each name once.
  testOwned('warm container: is removed with its image, which an execution keeps', async () => {
    const { runtime, images } = bench();
    const reference = await images.make({ name: 'warm-removed', files: { 'etc/which': 'removed\n' } });
    const steps = [await stepSpecOf(bench(), { reference })];
    await inSandbox(runtime, { steps }, async (sandbox) => {
      await createContainer(bench(), sandbox, { reference, command: ['true'] });
      expect(await becomesTrue(async () => (await bench().waiting()).length > 0, patienceMs)).toBe(true);
      expect(await runtime.images.remove?.(reference)).toBe('in use');
    });
    expect(await becomesTrue(async () => (await bench().waiting()).length > 0, patienceMs)).toBe(true);
    const before = await bench().waiting();
    expect(await runtime.images.remove?.(reference)).toMatchObject({ references: [reference] });
    const after = await bench().waiting();
    expect(before.filter((name) => after.includes(name))).toEqual([]);
    await expect(runtime.images.ensure(reference, { pull: 'never', signal: never })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });

  testOwned('warm container: is removed with its image by an agent that shares its directory', async () => {
    const reference = await bench().images.make({ name: 'warm-shared', files: { 'etc/which': 'shared\n' } });
    await inSandbox(bench().runtime, { steps: [await stepSpecOf(bench(), { reference })] }, async () => undefined);
    expect(await becomesTrue(async () => (await bench().waiting()).length > 0, patienceMs)).toBe(true);
    const other = await bench().restart();
    try {
      // Its owner may be too busy to see the request in time.
      expect(await becomesTrue(async () => (await other.images.remove?.(reference)) !== 'in use', patienceMs)).toBe(
        true,
      );
      expect((await other.images.list?.())?.flatMap(({ references }) => references)).not.toContain(reference);
    } finally {
      await other.close();
    }
  });

  testOwned('warm container: one of an image that was replaced under its name serves nothing', async () => {
    for (const version of ['first\n', 'second\n']) {
      const reference = await bench().images.make({ name: 'warm-replaced', files: { 'etc/which': version } });
      for (const _ of [1, 2])
        expect((await run(bench(), { reference, command: ['cat', '/etc/which'] })).stdout).toBe(version);
      expect(await becomesTrue(async () => (await bench().waiting()).length > 0, patienceMs)).toBe(true);
    }
  });

  testOwned('warm container: one that cannot be given a port is removed with its workspace', async () => {
    const network = { mode: 'none', ports: [{ container: 8000, host: await freePort() }] } as const;
    await inSandbox(bench().runtime, { network }, async () => {
      expect(await becomesTrue(async () => (await bench().waiting()).length > 0, patienceMs)).toBe(true);
      const steps = [await stepSpecOf(bench(), {})];
      const unused = bench().runtime.warmCounts?.()?.cold.unusable ?? 0;
      const refused = await failureOf(bench().runtime.openSandbox({ ...specOf({ network }), steps }, never));
      expect(refused.code).toBe('START_FAILED');
      expect(bench().runtime.warmCounts?.()?.cold.unusable).toBe(unused + 1);
    });
    expect(await bench().leftovers()).toEqual([]);
  });

  testOwned(
    'warm container: never runs a command that its agent had not begun, which then may begin anew',
    async () => {
      await inSandbox(bench().runtime, {}, async (sandbox) => {
        const container = await createContainer(bench(), sandbox, { script: 'echo ran > /workspace/output/ran' });
        const runtime = await bench().restart();
        const found = await runtime.recoverSandbox(sandbox.handle, { fence: 1 });
        const again = await found?.recoverContainer(container.handle);
        if (again === undefined) throw new Error('it was not found again');
        const failure = await failureOf(again.start());
        expect(failure).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', context: { runtimeAway: true } });
        expect(failure.context).not.toHaveProperty('mayHaveRun');
        expect((await failureOf(container.start())).context).toMatchObject({ runtimeAway: true });
        const usage = await found?.usage?.({ bytes: 1000, files: 10, depth: 5 }, never);
        expect(usage).toMatchObject({ files: 0 });
        await runtime.close();
      });
    },
  );

  test('warm container: serves one execution alone, also when several come at once', async () => {
    const outputs = await Promise.all(
      [1, 2, 3].map(
        async (n) =>
          (await run(bench(), { script: `echo ${n} > /tmp/mine; cat /tmp/mine; ls /workspace/output` })).stdout,
      ),
    );
    expect(outputs).toEqual(['1\n', '2\n', '3\n']);
  });

  test('warm container: is removed when its agent stops, with all that belonged to it', async () => {
    await inSandbox(bench().runtime, {}, async () => undefined);
    expect(await becomesTrue(async () => (await bench().waiting()).length > 0, patienceMs)).toBe(true);
    await bench().runtime.close();
    expect(await bench().waiting()).toEqual([]);
    expect(await left()).toEqual([]);
  });
}
