import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../../src/support/processes/find-program.ts';

/** Lets containers leave marks where nothing that ends them, or their agent, or their engine, takes the marks away. */
export interface RunMarks {
  /** Stands first in the search path of an agent: its `crun` and `runc` are ours. */
  readonly searchPath: string;
  /** For the daemon.json of a Docker Engine: its default runtime is ours. */
  readonly engineSettings: Readonly<Record<string, unknown>>;
  /** One per run of the execution's container, in their order. */
  marksOf(executionId: string): Promise<readonly string[]>;
  /** Lets a container go on that stands at `untilReleased`. */
  release(executionId: string): Promise<void>;
  /** The executions that left marks. */
  executions(): Promise<readonly string[]>;
  /**
   * From now on every container is held there, until it may go on.
   * @param pattern of grep: only those whose config.json has it
   */
  hold(point: HoldPoint, pattern?: string): Promise<Hold>;
}

/** The container was made and nothing of it runs; it runs, and no response was sent yet. */
export type HoldPoint = 'create' | 'start';

export interface Hold {
  /** Whether a container stands still. */
  isHeld(): boolean;
  /** The config.json of each container that stands still, where a pattern chose them. */
  configs(): Promise<string>;
  end(): Promise<void>;
}

/**
 * Shell commands with which a container leaves a mark that no other run has, and prints it. Another user may add to it: a pod
 * that ran it again would have other users on the host.
 */
export const leaveMark =
  'mark=$(cat /proc/sys/kernel/random/uuid); (umask 0; echo "$mark" >> "/marks/$EXECUTION_ID"); echo "mark $mark"; ';

/** Shell commands with which a container waits for a file of its test, independently of its agent. */
export const untilReleased = 'until [ -e "/marks/$EXECUTION_ID.released" ]; do sleep 0.1; done; ';

/**
 * Puts a program of ours before the OCI runtimes: it adds a bind mount to a container that is being created, as
 * runtimes for special hardware do, and hands over to the real one. So a container is marked by what runs in it,
 * and a second start is seen even when all else of it was lost.
 * @param programs the real ones by their names; absent: those of the host
 */
export async function makeRunMarks(directory: string, programs?: Readonly<Record<string, string>>): Promise<RunMarks> {
  const [searchPath, marks] = [join(directory, 'bin'), join(directory, 'marks')];
  await mkdir(searchPath, { recursive: true });
  await mkdir(marks, { recursive: true });
  await chmod(marks, 0o777);
  for (const name of ['crun', 'runc']) {
    const real = programs === undefined ? await findProgram(name, '') : programs[name];
    if (real === undefined) continue;
    await writeFile(join(searchPath, name), runtimeScript(real, marks, directory), { mode: 0o755 });
  }
  return {
    searchPath,
    engineSettings: { runtimes: { marking: { path: join(searchPath, 'runc') } }, 'default-runtime': 'marking' },
    async marksOf(executionId) {
      const text = await readFile(join(marks, executionId), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    release: (executionId) => writeFile(join(marks, `${executionId}.released`), ''),
    executions: () => readdir(marks),
    async hold(point, pattern = '') {
      const [hold, held] = [join(directory, `hold-${point}`), join(directory, `held-${point}`)];
      await rm(held, { force: true });
      await writeFile(`${hold}.new`, pattern);
      await rename(`${hold}.new`, hold);
      return {
        isHeld: () => existsSync(held),
        configs: () => readFile(held, 'utf8'),
        end: () => rm(hold, { force: true }),
      };
    },
  };
}

function runtimeScript(real: string, marks: string, directory: string): string {
  const mount = JSON.stringify({ destination: '/marks', type: 'bind', source: marks, options: ['bind', 'rw'] });
  return `#!/bin/sh
case " $* " in *' create '*|*' run '*)
  for argument; do
    [ "$before" = --bundle ] && sed -i '0,/"mounts":\\[/s||"mounts":[${mount},|' "$argument/config.json"
    before=$argument
  done
esac
# Containerd has the log of the runtime in the bundle.
for argument; do
  [ "$before" = --log ] && bundle=\${argument%/*}
  before=$argument
done
for point in create start; do case " $* " in *" $point "*)
  [ -e ${directory}/hold-$point ] || break
  pattern=${directory}/hold-$point
  held=${directory}/held-$point
  [ ! -s $pattern ] || grep -q -f $pattern "$bundle/config.json" || break
  ${real} "$@" || exit
  if [ -s $pattern ]; then cat "$bundle/config.json" >> $held; else : > $held; fi
  while [ -e ${directory}/hold-$point ]; do sleep 0.1; done
  exit 0
esac; done
exec ${real} "$@"
`;
}
