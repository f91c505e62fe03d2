import { expect, test } from 'vitest';
import { runCli } from '../cli/helpers/run-cli.ts';
import { responseOf, useCli } from '../cli/helpers/use-cli.ts';
import { describeWith } from '../parts/require-part.ts';

const cli = useCli();
const limit = 1000;
const runtimes = ['docker', 'oci'] as const;

const scripts = {
  'a fast writer': (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' x`,
  'a slow writer': (bytes: number) =>
    `n=${bytes}; while [ $n -gt 0 ]; do c=$((n < 300 ? n : 300)); head -c $c /dev/zero | tr '\\0' x; n=$((n - c)); sleep 0.05; done`,
  'a writer of empty lines': (bytes: number) => `yes '' | head -n ${bytes}`,
  'a writer to both streams': (bytes: number) =>
    `head -c ${bytes - 500} /dev/zero | tr '\\0' x; head -c 500 /dev/zero | tr '\\0' x >&2`,
} as const;
type Writer = keyof typeof scripts;
const writers: readonly Writer[] = [
  'a fast writer',
  'a slow writer',
  'a writer of empty lines',
  'a writer to both streams',
];

async function run(runtime: string, writer: Writer, bytes: number, more: Readonly<Record<string, string>> = {}) {
  const env = { ...cli.options.env, EXEC_RUNTIME: runtime, EXEC_LOG_MAX: `${limit}`, ...more };
  const request = { container: { image: 'alpine', command: ['sh', '-c', scripts[writer](bytes)] } };
  const end = await runCli(['run', '-q', '--json', '-'], { cwd: cli.cwd, env, stdin: JSON.stringify(request) });
  const response = responseOf(end);
  const [kept = '', mark = ''] = (response.result?.output ?? '').split(/\n\[… (.*) …\]\n$/s);
  return { response, kept, mark, warnings: response.result?.metadata.warnings };
}

describeWith(['docker', 'oci'], 'log limit', () => {
  const cases = runtimes.flatMap((runtime) => writers.map((writer) => [runtime, writer] as const));

  test.each(
    cases,
  )('on %s, %s: up to the limit the output is whole, one byte more is OUTPUT_TOO_LARGE', async (runtime, writer) => {
    for (const bytes of [limit - 1, limit]) {
      const { response, kept, mark, warnings } = await run(runtime, writer, bytes);
      expect(response.success).toBe(true);
      expect({ bytes: kept.length, mark, warnings }).toEqual({ bytes, mark: '', warnings: undefined });
    }
    for (const bytes of [limit + 1, 50 * limit]) {
      if (writer === 'a slow writer' && bytes > 2 * limit) continue;
      const { response, kept, mark } = await run(runtime, writer, bytes);
      expect(response.error_code).toBe('OUTPUT_TOO_LARGE');
      expect(kept).toHaveLength(limit);
      expect(mark).toContain('the output ends here: the container wrote more than 1000 B (EXEC_LOG_MAX)');
    }
  });

  test.each(
    cases,
  )('on %s, %s: a log that is cut says how many of its last bytes are missing', async (runtime, writer) => {
    const cut = { EXEC_LOG_OVERFLOW: 'cut' };
    const { response, kept, mark, warnings } = await run(runtime, writer, limit + 7, cut);
    expect(response.success).toBe(true);
    expect(kept).toHaveLength(limit);
    expect(mark).toMatch(/^the last 7 bytes are left out/);
    expect(warnings).toEqual([expect.stringMatching(/^The last 7 bytes of the output are left out/)]);
  });

  test('on docker: of a log that the engine keeps in part only, how much is missing is said to be unknown', async () => {
    const cut = { EXEC_LOG_OVERFLOW: 'cut' };
    const { response, kept, mark, warnings } = await run('docker', 'a fast writer', 5_000_000, cut);
    expect(response.success).toBe(true);
    expect(kept).toHaveLength(limit);
    expect(mark).toMatch(/^an unknown number of bytes at the end are left out: the container wrote more than 1000 B/);
    expect(warnings).toEqual([
      expect.stringMatching(/^An unknown number of bytes at the end of the output are left out/),
    ]);
  });

  test('on oci: the missing bytes are exact also where the keeper of the container has dropped them', async () => {
    for (const writer of ['a fast writer', 'a writer of empty lines'] as const) {
      const { response, kept, mark } = await run('oci', writer, 500_000, { EXEC_LOG_OVERFLOW: 'cut' });
      expect(response.success).toBe(true);
      expect(kept).toHaveLength(limit);
      expect(mark).toMatch(/^the last 499000 bytes are left out/);
    }
  });

  test.each(
    runtimes,
  )('on %s: the middle of an output that a response does not keep is counted to the byte', async (runtime) => {
    const settings = { EXEC_LOG_MAX: '1m', EXEC_LOG_KEEP: '1000' };
    const { response, warnings } = await run(runtime, 'a fast writer', 30_000, settings);
    expect(response.success).toBe(true);
    expect(response.result?.output).toBe(`${'x'.repeat(500)}\n[… 29000 bytes left out …]\n${'x'.repeat(500)}`);
    expect(warnings).toEqual([expect.stringMatching(/^29000 bytes in the middle of the output are left out/)]);
  });
});
