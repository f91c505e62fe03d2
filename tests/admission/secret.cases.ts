import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import type { AdmissionBench } from './open-admission-bench.ts';
import { secrets } from './open-admission-bench.ts';

const tags = { secrets: 'granted' };

/** Secrets reach containers, and nothing else. */
export function secretCases(bench: () => AdmissionBench): void {
  /** What Redis holds of everything that was run so far: records, answers, live logs. */
  async function everythingKept(): Promise<string> {
    const { redis, config } = bench().deployment;
    const keys = await redis.keys(`*${config.keyPrefix}*`);
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return Buffer.concat(dumps.filter((dump) => dump !== null)).toString('latin1');
  }

  test('one comes as a variable, another as a file in memory, and neither comes back', async () => {
    const { deployment, log } = bench();
    const script = `
      [ "$FROM_VARIABLE" = "${secrets.FROM_VARIABLE.slice(0, 4)}""${secrets.FROM_VARIABLE.slice(4)}" ] && echo variable is right
      [ "$(cat /run/secrets/FROM_DIRECTORY)" = "${secrets.FROM_DIRECTORY.slice(0, 4)}""${secrets.FROM_DIRECTORY.slice(4)}" ] && echo file is right
      [ "$(cat /run/secrets/FROM_FILE)" = "${secrets.FROM_FILE.slice(0, 4)}""${secrets.FROM_FILE.slice(4)}" ] && echo other file is right
      grep ' /run/secrets ' /proc/mounts
      touch /run/secrets/more 2>&1
      env; cat /run/secrets/* >&2
      printf '%s' "$FROM_VARIABLE" | head -c 9; sleep 1; printf '%s' "$FROM_VARIABLE" | tail -c +10; echo
      cp /run/secrets/FROM_DIRECTORY /workspace/output/kept`;
    const response = await deployment.run(
      shell(script, {
        tags,
        secrets: ['FROM_VARIABLE', { name: 'FROM_DIRECTORY', as: 'file' }, { name: 'FROM_FILE', as: 'file' }],
        output: { expected_files: ['kept'], return_logs: true },
      }),
    );
    expect(response.error).toBeUndefined();
    const output = response.result?.output ?? '';
    for (const line of ['variable is right', 'file is right', 'other file is right']) expect(output).toContain(line);
    expect(output).toMatch(/ \/run\/secrets tmpfs /);
    expect(output).toMatch(/touch: .*Read-only file system/);
    expect(output).toContain('FROM_VARIABLE=***\n');
    expect(response.result?.output_files).toMatchObject([{ name: 'kept', content: '***' }]);
    expect(response.result?.metadata.warnings?.join()).toContain('hidden in the returned content of kept');
    const told = [JSON.stringify(response), await everythingKept(), log.join('')];
    for (const value of Object.values(secrets)) for (const text of told) expect(text).not.toContain(value);
    expect(told[1]).toContain('FROM_VARIABLE');
    // Without daemon, the state of the engine is there as well.
    const left = async () =>
      (await readdir(bench().deployment.config.secretsMemory)).filter((name) => name !== '.engine');
    await expect.poll(left).toEqual([]);
  });

  test('one that is not granted, one without a value, and one whose variable is taken are refused by name', async () => {
    const { deployment } = bench();
    expect(await deployment.run(shell('true', { secrets: ['FROM_VARIABLE'] }))).toMatchObject({
      error_code: 'POLICY_DENIED',
      error: expect.stringContaining('"FROM_VARIABLE" is not granted here'),
    });
    expect(await deployment.run(shell('true', { tags, secrets: ['FROM_NOWHERE'] }))).toMatchObject({
      error_code: 'POLICY_DENIED',
      error: expect.stringContaining('"FROM_NOWHERE" has no value on this agent'),
    });
    const environment = { FROM_VARIABLE: 'x' };
    expect(await deployment.run(shell('true', { tags, environment, secrets: ['FROM_VARIABLE'] }))).toMatchObject({
      error_code: 'INVALID_REQUEST',
      error: expect.stringMatching(/^secrets\[0\]: "FROM_VARIABLE" is a variable that is set already/),
    });
  });
}
