import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../src/support/find-program.ts';

/** Lets containers leave marks where nothing that ends them, or their agent, or their engine, takes the marks away. */
export interface RunMarks {
  /** Stands first in the search path of an agent: its `crun` and `runc` are ours. */
  readonly searchPath: string;
  /** For the daemon.json of a Docker Engine: its default runtime is ours. */
  readonly engineSettings: Readonly<Record<string, unknown>>;
  /** One per run of the execution's container, in their order. */
  marksOf(executionId: string): Promise<readonly string[]>;
  /** The executions that left marks. */
  executions(): Promise<readonly string[]>;
}

/** Shell commands with which a container leaves a mark that no other run has, and prints it. */
export const leaveMark =
  'mark=$(cat /proc/sys/kernel/random/uuid); echo "$mark" >> "/marks/$EXECUTION_ID"; echo "mark $mark"; ';

/**
 * Puts a program of ours before the OCI runtimes: it adds a bind mount to a container that is being created, as
 * runtimes for special hardware do, and hands over to the real one. So a container is marked by what runs in it,
 * and a second start is seen even when all else of it was lost.
 */
export async function makeRunMarks(directory: string): Promise<RunMarks> {
  const [searchPath, marks] = [join(directory, 'bin'), join(directory, 'marks')];
  await mkdir(searchPath, { recursive: true });
  await mkdir(marks, { recursive: true });
  await chmod(marks, 0o777);
  for (const name of ['crun', 'runc']) {
    const real = await findProgram(name, '');
    if (real === undefined) continue;
    await writeFile(join(searchPath, name), runtimeScript(real, marks), { mode: 0o755 });
  }
  return {
    searchPath,
    engineSettings: { runtimes: { marking: { path: join(searchPath, 'runc') } }, 'default-runtime': 'marking' },
    async marksOf(executionId) {
      const text = await readFile(join(marks, executionId), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    executions: () => readdir(marks),
  };
}

function runtimeScript(real: string, marks: string): string {
  const mount = JSON.stringify({ destination: '/marks', type: 'bind', source: marks, options: ['bind', 'rw'] });
  return `#!/bin/sh
case " $* " in *' create '*|*' run '*)
  for argument; do
    [ "$before" = --bundle ] && sed -i '0,/"mounts":\\[/s||"mounts":[${mount},|' "$argument/config.json"
    before=$argument
  done
esac
exec ${real} "$@"
`;
}
