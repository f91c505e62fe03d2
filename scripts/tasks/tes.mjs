import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countsLine } from '../steps/count-tests.mjs';
import { runProject } from '../steps/run-project.mjs';

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
  const env = { ...process.env, EXEC_TEST_CLIENTS: file };
  try {
    const { counts, exitCode } = await runProject('tes', { args: [...files, ...rest], env, asJson });
    const text = await readFile(file, 'utf8').catch(() => '');
    const clients = text.split('\n').filter((line) => line !== '');
    const { passed, failed, skipped } = counts;
    const figures = { cases: passed + failed + skipped, passed, clients };
    console.log(asJson ? JSON.stringify(figures) : countsLine(counts));
    return exitCode;
  } finally {
    await rm(directory, { recursive: true });
  }
}
