import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { becomesTrue } from '../tests/parts/poll.ts';
import { executionCgroups, mountsOf, processesOf } from '../tests/parts/run/run-traces.ts';
import type { TestRun } from '../tests/parts/run/test-run.ts';

// An agent that stops lets its launchers go a moment later.
const settleMs = 10_000;

interface Place {
  readonly run: TestRun;
  /** Where the agent had its workspaces. */
  readonly directory: string;
  /** What the engine has, by name. */
  readonly containers: () => Promise<readonly string[]>;
}

/** Control groups, mounts, processes and files that executions left when their agent has ended. */
export async function findTracesOf(
  ids: ReadonlySet<string>,
  { run, directory, containers }: Place,
): Promise<readonly string[]> {
  const find = async () => {
    const files = await readdir(directory, { recursive: true }).catch(() => []);
    const waiting = files.filter((path) => /warm\/.*\/.*\//.test(path));
    return [
      ...(await containers()).map((name) => `container ${name}`),
      ...waiting,
      ...executionCgroups().filter((path) => ids.has(basename(path).split('.')[0] ?? '')),
      ...mountsOf(run).filter((path) => path.startsWith(directory)),
      ...processesOf(run).flatMap(({ pid, command }) => (command.includes(' launcher /') ? [`process ${pid}`] : [])),
      ...files.filter((path) => ids.has(basename(path))),
    ];
  };
  await becomesTrue(async () => (await find()).length === 0, settleMs);
  return find();
}
