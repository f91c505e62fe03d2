import { join } from 'node:path';

/** The files of one container, in a directory of its own. What is in them outlives every process of ours. */
export interface ContainerFiles {
  readonly directory: string;
  /** config.json, as the OCI runtime wants it. */
  readonly config: string;
  /** What the command reads; the launcher looks for it. Absent: its standard input is at its end. */
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  /** How many bytes of both had no room, once the container has ended; absent: none. */
  readonly dropped: string;
  /** The launcher's line of /proc/self/stat; who creates this file is the one launcher there ever is. */
  readonly launcher: string;
  /** What the launcher could not make ready. */
  readonly setupLog: string;
  readonly engineLog: string;
  /** Pid of the container's init; there as soon as the container runs. */
  readonly pid: string;
  /** Exit code and a line feed; without the line feed it is not yet written. */
  readonly exit: string;
  /** Marks that we sent SIGKILL. */
  readonly killed: string;
}

export const pidFileName = 'pid';
export const exitFileName = 'exit';

export function containerFiles(directory: string): ContainerFiles {
  return {
    directory,
    config: join(directory, 'config.json'),
    stdin: join(directory, 'stdin'),
    stdout: join(directory, 'stdout'),
    stderr: join(directory, 'stderr'),
    dropped: join(directory, 'dropped'),
    launcher: join(directory, 'launcher'),
    setupLog: join(directory, 'setup.log'),
    engineLog: join(directory, 'engine.log'),
    pid: join(directory, pidFileName),
    exit: join(directory, exitFileName),
    killed: join(directory, 'killed'),
  };
}
