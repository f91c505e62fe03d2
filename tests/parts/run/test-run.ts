import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseProcessStat } from '../../../src/support/processes/process-identity.ts';

/** Every process that a run starts inherits this variable; by it the run knows its own. */
export const runVariable = 'EXEC_AGENT_TEST_RUN';

// Short and fixed, because a Unix socket below it may have a path of 107 bytes at most.
export const runsDirectory = '/tmp';

const runName = /^exec-agent-tests-(\d+)-(\d+)$/;

/** One run of the tests: all of its state lives below one directory. */
export interface TestRun {
  readonly name: string;
  readonly directory: string;
  /** `TMPDIR` of the tests. */
  readonly temp: string;
  /** Parent of all cgroups that the run's engine makes, below the mount of each hierarchy. */
  readonly cgroup: string;
}

export function createTestRun(): TestRun {
  const name = `exec-agent-tests-${process.pid}-${startTimeOf(process.pid) ?? ''}`;
  const run = testRunOf(name);
  mkdirSync(run.temp, { recursive: true });
  return run;
}

/** The one that this process belongs to. */
export function currentRun(): TestRun {
  return testRunOf(basename(process.env[runVariable] ?? ''));
}

export function testRunOf(name: string): TestRun {
  const directory = join(runsDirectory, name);
  return { name: basename(name), directory, temp: join(directory, 'tmp'), cgroup: `/${name}` };
}

/** Whether a directory is that of a run whose process has ended without removing it. */
export function isAbandoned(directoryName: string): boolean {
  const owner = runName.exec(directoryName);
  return owner !== null && startTimeOf(Number(owner[1])) !== owner[2];
}

/** Whether other runs are going on, whose traces cannot always be distinguished from this one's. */
export function isAlone(run: TestRun): boolean {
  const others = readdirSync(runsDirectory).filter((name) => runName.test(name) && name !== run.name);
  return others.every(isAbandoned);
}

function startTimeOf(pid: number): string | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.startTime;
  } catch {
    // The process is gone.
    return undefined;
  }
}
