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

/** Files whose directory may move while their container runs. */
export interface MovableFiles {
  readonly files: ContainerFiles;
  moveTo(directory: string): void;
}

export function movableFiles(directory: string): MovableFiles {
  let now = containerFiles(directory);
  return {
    files: {
      get directory() {
        return now.directory;
      },
      get config() {
        return now.config;
      },
      get stdin() {
        return now.stdin;
      },
      get stdout() {
        return now.stdout;
      },
      get stderr() {
        return now.stderr;
      },
      get dropped() {
        return now.dropped;
      },
      get launcher() {
        return now.launcher;
      },
      get setupLog() {
        return now.setupLog;
      },
      get engineLog() {
        return now.engineLog;
      },
      get pid() {
        return now.pid;
      },
      get exit() {
        return now.exit;
      },
      get killed() {
        return now.killed;
      },
    },
    moveTo(moved) {
      now = containerFiles(moved);
    },
  };
}

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
