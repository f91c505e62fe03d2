import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import type { AdmissionBench } from './open-admission-bench.ts';

const report = `
echo user $(id -u):$(id -g)
grep CapEff /proc/self/status
grep NoNewPrivs /proc/self/status
touch /made 2>/dev/null && echo root writable || echo root read-only
ulimit -n
echo written > /workspace/output/file`;

const tagged = (preset: string, more: object = {}) => ({ tags: { preset }, ...more });
const expected = { output: { expected_files: ['file'] } };

// CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID; then Docker's fourteen.
const standardSet = '00000000000000eb';
const usualSet = '00000000a80425fb';

/** How strongly a container is held, as policy decides. */
export function presetCases(bench: () => AdmissionBench): void {
  test.each([
    ['standard', ['user 0:0', standardSet, 'root writable']],
    ['strict', ['user 65534:65534', '0000000000000000', 'root read-only']],
    ['trusted', ['user 0:0', usualSet, 'root writable']],
    ['few-files', ['user 0:0', '0000000000000001', '\n77\n']],
  ])('%s', async (preset, facts) => {
    const { success, result } = await bench().deployment.run(shell(report, tagged(preset, expected)));
    for (const fact of [...facts, 'NoNewPrivs:\t1']) expect(result?.output).toContain(fact);
    expect(success).toBe(true);
    expect(result?.output_files).toMatchObject([{ content: 'written\n' }]);
    const warnings = result?.metadata.warnings?.join() ?? '';
    if (preset === 'strict') expect(warnings).toMatch(/ran in the engine's own runtime: the OCI runtime runsc/);
    else expect(warnings).toBe('');
  });

  test('a request has no say in what policy has settled', async () => {
    const { deployment } = bench();
    const container = { image: 'alpine:latest', command: ['id', '-u'], user: '0' };
    expect(await deployment.run({ container, ...tagged('strict') })).toMatchObject({ error_code: 'POLICY_DENIED' });
    expect((await deployment.run({ container: { ...container, user: '5' }, ...tagged('strict') })).result?.output).toBe(
      '5\n',
    );
  });

  test('an OCI runtime that policy names is used', async () => {
    const { deployment, runtime, marks } = bench();
    const response = await deployment.run(shell('echo held', tagged('named')));
    expect(response.error).toBeUndefined();
    expect(response.result?.output).toBe('held\n');
    if (runtime === 'oci') expect(await readFile(marks, 'utf8')).toContain('run');
  });

  test('one that is missing and may not be is refused with a sentence', async () => {
    const response = await bench().deployment.run(shell('echo held', tagged('missing')));
    expect(response).toMatchObject({ success: false, error_code: 'POLICY_DENIED' });
    expect(response.error).toMatch(/OCI runtime no-such-runtime, which the policy asks for, cannot be used here/);
    expect(response.result).toBeUndefined();
  });

  test('GPUs that an engine does not have are refused with a sentence', async () => {
    const container = { image: 'alpine:latest', resources: { gpus: 1 } };
    expect(await bench().deployment.run({ container })).toMatchObject({
      error_code: 'INVALID_REQUEST',
      error: expect.stringContaining('has no GPUs to give'),
    });
  });
}
