import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWhenStale } from '../steps/build-when-stale.mjs';
import { countTests } from '../steps/count-tests.mjs';
import { binary, runChild } from '../steps/run-child.mjs';

// Without the workflow engines, whose jobs take minutes.
const quickFiles = [
  'tests/gateways/tes.test.ts',
  'tests/tes/conformance.test.ts',
  'tests/tes/tasks.test.ts',
  'tests/tes/clients.test.ts',
];

/**
 * The tests of GA4GH TES with containers, an S3 server and clients from their package registry. With `--quick` the
 * workflow engines are left out. With `--json` the last line is an object with the counts and the clients that ran to
 * their end, also when tests fail or the run is interrupted, and nothing else is on stdout.
 * @param {string[]} args
 */
export async function run(args) {
  const asJson = args.includes('--json');
  const files = args.includes('--quick') ? quickFiles : [];
  const rest = args.filter((arg) => arg !== '--json' && arg !== '--quick');
  const directory = await mkdtemp(join(tmpdir(), 'exec-agent-clients-'));
  const file = join(directory, 'clients.txt');
  /** @param {readonly string[]} reporters */
  const runVitest = (reporters) =>
    runChild(binary('vitest'), ['run', '--project', 'tes', ...files, ...rest, '--reporter=default', ...reporters], {
      env: { ...process.env, EXEC_TEST_CLIENTS: file },
      stdio: ['inherit', asJson ? 2 : 1, 2],
    });
  try {
    const built = await buildWhenStale();
    const ran = await countTests(built === 0 ? runVitest : async () => built, (exitCode) => exitCode);
    const { passed, failed, skipped } = ran.counts;
    const text = await readFile(file, 'utf8').catch(() => '');
    const clients = text.split('\n').filter((line) => line !== '');
    const figures = { cases: passed + failed + skipped, passed, clients };
    console.log(asJson ? JSON.stringify(figures) : `${passed} passed, ${failed} failed, ${skipped} skipped`);
    return ran.result === 0 && failed === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true });
  }
}
