import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countsLine } from '../steps/count-tests.mjs';
import { binary, runChild } from '../steps/run-child.mjs';
import { runProject } from '../steps/run-project.mjs';

/** What takes about two minutes: examples, faults of agents and pods, permissions, and an agent in the cluster. */
const quickFiles = ['agents', 'permissions', 'in-cluster'].map((name) => `tests/kubernetes/${name}.test.ts`);

/**
 * The tests on a real cluster of one node, which is built on first use and removed at the end; with `--json` the
 * last line is an object with the counts, and nothing else is on stdout. With `--quick` only some files, with `--build`
 * none: Kubernetes is built where it is not yet. Exit code 3 then means that this host cannot have it.
 * @param {string[]} args
 */
export async function run(args) {
  if (args.includes('--build')) return runChild(binary('tsx'), ['tests/kubernetes/cluster/build.ts']);
  const asJson = args.includes('--json');
  const directory = await mkdtemp(join(tmpdir(), 'exec-agent-figures-'));
  const file = join(directory, 'figures.jsonl');
  const env = { ...process.env, EXEC_TEST_FIGURES: file };
  const files = args.includes('--quick') ? quickFiles : [];
  const rest = args.filter((arg) => arg !== '--json' && arg !== '--quick');
  try {
    const { counts, exitCode } = await runProject('kubernetes', { args: [...files, ...rest], env, asJson });
    const figures = { ...counts, ...(await addFigures(file)) };
    console.log(asJson ? JSON.stringify(figures) : countsLine(figures));
    const isWhole = [figures.lost, figures.double_runs, figures.leftovers].every((count) => !count);
    return exitCode === 0 && isWhole ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Null for a figure that no test reported.
 * @param {string} file one object with figures on each line
 */
async function addFigures(file) {
  const text = await readFile(file, 'utf8').catch(() => '');
  /** @type {Record<'lost' | 'double_runs' | 'leftovers', number | null>} */
  const sums = { lost: null, double_runs: null, leftovers: null };
  for (const line of text.split('\n').filter((each) => each !== '')) {
    /** @type {Partial<Record<'lost' | 'double_runs' | 'leftovers', number>>} */
    const figures = JSON.parse(line);
    for (const name of /** @type {const} */ (['lost', 'double_runs', 'leftovers'])) {
      const more = figures[name];
      if (more !== undefined) sums[name] = (sums[name] ?? 0) + more;
    }
  }
  return sums;
}
