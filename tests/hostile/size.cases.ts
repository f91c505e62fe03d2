import { expect, test } from 'vitest';
import type { HostileBench } from './open-hostile-bench.ts';
import { limits } from './open-hostile-bench.ts';

const largestAnswer = 1024 ** 2;

const expectSmall = (response: object) => expect(JSON.stringify(response).length).toBeLessThan(largestAnswer);

/** More than anyone wants: bytes, files, depth. */
export function sizeCases(bench: () => HostileBench): void {
  /** A container that would go on for a minute is ended where it is watched; elsewhere it has to end by itself. */
  const goOn = () => (bench().variant.inPlace ? 'sleep 60' : ':');
  test.concurrent.each([
    ['a sparse file of 1 TB', 'truncate -s 1099511627776 big'],
    ['a file that grows', 'dd if=/dev/zero of=big bs=1M count=32 2>/dev/null'],
    ['many files that grow', 'for i in $(seq 20); do head -c 1000000 /dev/zero > $i; done'],
  ])('%s ends the container; what lies within the bounds comes back', async (_title, write) => {
    const response = await bench().run(`cd /workspace/output; echo first > a; ${write}; ${goOn()}`, {
      output: { expected_files: ['a'], minio_upload: true },
    });
    expect(response).toMatchObject({
      success: false,
      error_code: 'OUTPUT_TOO_LARGE',
    });
    expect(response.error).toContain('8 MiB');
    // An archive has its entries in no order.
    if (bench().variant.inPlace) {
      expect(response.error).toContain('was stopped');
      expect(response.result?.output_files).toMatchObject([{ name: 'a', content: 'first\n' }]);
    }
    const uploaded = response.result?.minio_objects ?? [];
    expect(uploaded.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(limits.outputBytes);
    expectSmall(response);
  });

  test.concurrent('a root filesystem that grows is bounded by the kernel, or ends the container', async () => {
    const script = 'dd if=/dev/zero of=/big bs=1M count=24 || exit 28; sleep 60';
    const response = await bench().run(script);
    expect(response.success).toBe(false);
    if (bench().variant.runtime === 'oci') expect(response.result).toMatchObject({ exit_code: 28 });
    else
      expect(response).toMatchObject({
        error_code: 'OUTPUT_TOO_LARGE',
        error: expect.stringMatching(/EXEC_LAYER_MAX/),
      });
  });

  test.concurrent('thousands of files end the container, and what comes first comes back', async () => {
    const script = `cd /workspace/output; echo first > a; for i in $(seq 4000); do : > f$i; done; ${goOn()}`;
    const response = await bench().run(script, { output: { expected_files: ['a', 'f*'] } });
    expect(response).toMatchObject({ success: false, error_code: 'OUTPUT_TOO_LARGE' });
    expect(response.error).toMatch(/500|maxEntries/);
    expect(response.result?.output_files.length).toBeLessThanOrEqual(limits.outputFiles + 1);
    if (bench().variant.inPlace) expect(response.error).toContain('EXEC_OUTPUT_FILES_MAX');
  });

  test.concurrent('directories and links count like files', async () => {
    const script = `cd /workspace/output; i=0; while [ $i -lt 1500 ]; do mkdir d$i; ln -s x l$i; i=$((i+1)); done; ${goOn()}`;
    const response = await bench().run(script, { output: { expected_files: ['**'] } });
    expect(response).toMatchObject({ success: false, error_code: 'OUTPUT_TOO_LARGE' });
    expectSmall(response);
  });

  test.concurrent('directories nested deeper than a path can say end the container', async () => {
    const long = 'e'.repeat(30);
    const script = `cd /workspace/output; echo first > a; i=0; while [ $i -lt 300 ]; do mkdir d${long}; cd -P d${long} 2>/dev/null || break; i=$((i+1)); done; ${goOn()}`;
    const response = await bench().run(script, { output: { expected_files: ['a', `d${long}/`] } });
    expect(response).toMatchObject({ success: false, error_code: 'OUTPUT_TOO_LARGE' });
    expect(response.error).toMatch(/deep/);
    expect(response.result?.output_files).toMatchObject([{ name: 'a' }]);
  });
}

/** Where no kernel bounds the root filesystem. */
export function layerCases(bench: () => HostileBench): void {
  test.concurrent('thousands of files in the root filesystem end the container', async () => {
    const script = 'mkdir /many && cd /many && for i in $(seq 4000); do : > f$i; done; sleep 60';
    const { error_code, error } = await bench().run(script);
    expect(error_code).toBe('OUTPUT_TOO_LARGE');
    expect(error).toMatch(/more than 500 files .* root filesystem .* EXEC_LAYER_FILES_MAX/);
  });
}

/** The same for what an agent reads of it, however it got there. */
export function contentCases(bench: () => HostileBench): void {
  test.concurrent('what unpacks to more than anyone has is returned as it is, never unpacked', async () => {
    const script = `cd /workspace/output; head -c 20000000 /dev/zero | gzip | gzip > bomb.json.gz; cp bomb.json.gz graph_update.json`;
    const response = await bench().run(script, { output: { expected_files: ['bomb.json.gz'], graph_update: true } });
    expect(response).toMatchObject({
      error_code: 'OUTPUT_INVALID',
      result: { output_files: [{ name: 'bomb.json.gz', encoding: 'base64' }] },
    });
    expectSmall(response);
  });

  test.concurrent.each([
    [
      'larger than a message',
      `(echo '{"nodes":['; yes '{"id":"x"},' | head -c 5000000; echo '{}],"relationships":[]}')`,
      'OUTPUT_TOO_LARGE',
    ],
    [
      'nested without end',
      `(echo '{"nodes":[],"relationships":[],"metadata":'; yes '{"a":' | head -n 100000; echo 1; yes '}' | head -n 100000; echo '}')`,
      'OUTPUT_INVALID',
    ],
    ['nothing but brackets', `yes '[' | head -c 4000000`, 'OUTPUT_INVALID'],
    [
      'a million wrong nodes',
      `(echo '{"nodes":[0'; yes ',0' | head -n 1000000; echo '],"relationships":[]}')`,
      'OUTPUT_INVALID',
    ],
    ['text that is none', 'head -c 100000 /dev/urandom', 'OUTPUT_INVALID'],
  ])('a graph update that is %s is refused', async (_title, write, code) => {
    const response = await bench().run(`${write} > /workspace/output/graph_update.json`, {
      output: { graph_update: true },
    });
    expect(response).toMatchObject({ success: false, error_code: code });
    expect(response.result?.graph_update).toBeUndefined();
    expectSmall(response);
  });

  test.concurrent.each([
    ['lines', "yes 'a line of log'"],
    ['a line without end', "yes x | tr -d '\\n'"],
    ['bytes of no text', 'cat /dev/urandom'],
    ['empty lines', "yes ''"],
  ])('a log without end, of %s, ends the container', async (_title, write) => {
    const response = await bench().run(write, { output: { return_logs: true } });
    expect(response).toMatchObject({ success: false, error_code: 'OUTPUT_TOO_LARGE' });
    expect(response.error).toMatch(/EXEC_LOG_(LINES_)?MAX/);
    expectSmall(response);
  });
}
