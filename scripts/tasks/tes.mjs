import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWhenStale } from '../steps/build-when-stale.mjs';
import { countTests } from '../steps/count-tests.mjs';
import { binary, runChild } from '../steps/run-child.mjs';

// Without the workflow engines, whose jobs take minutes.
const quickFiles = ['tests/gateways/tes.test.ts', 'tests/tes/tasks.test.ts', 'tests/tes/clients.test.ts'];

/**
 * The tests of GA4GH TES with containers, an S3 server and clients from their package registry. With `--quick` the
 * workflow engines are left out. With `--json` the last line is an object with the counts and the clients that were
 * tried, and nothing else is on stdout.
 * @param {string[]} args
 */
export async function run(args) {
  const asJson = args.includes('--json');
  const files = args.includes('--quick') ? quickFiles : [];
  const rest = args.filter((arg) => arg !== '--json' && arg !== '--quick');
  const built = await buildWhenStale();
  if (built !== 0) return built;
  const directory = await mkdtemp(join(tmpdir(), 'exec-agent-clients-'));
  const file = join(directory, 'clients.txt');
  try {
    const vitest = ['run', '--project', 'tes', ...files, ...rest, '--reporter=default'];
    const { result: code, counts } = await countTests(
      (reporters) =>
        runChild(binary('vitest'), [...vitest, ...reporters], {
          env: { ...process.env, EXEC_TEST_CLIENTS: file },
          stdio: ['inherit', asJson ? 2 : 1, 2],
        }),
      (exitCode) => exitCode,
    );
    const text = await readFile(file, 'utf8').catch(() => '');
    const { passed, failed, skipped } = counts;
    const clients = text.split('\n').filter((line) => line !== '');
    const figures = { cases: passed + failed + skipped, passed, clients };
    console.log(asJson ? JSON.stringify(figures) : `${passed} passed, ${failed} failed, ${skipped} skipped`);
    return code === 0 && failed === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true });
  }
}
