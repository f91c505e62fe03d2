import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { type EngineWay, type LauncherPlaces, type LaunchOrder, launcherCommand, writeOrder } from './launch-script.ts';

/** Launchers that wait for an order, so that no container has to wait for its launcher. */
export interface LauncherPool {
  /** Hands the order to a launcher, which from then on is on its own. */
  launch(order: LaunchOrder): ChildProcess;
  /** Starts launchers until there are as many spare ones as wanted; for a moment when nobody waits. */
  refill(): void;
}

export interface LauncherPoolOptions {
  readonly way: EngineWay;
  readonly places: LauncherPlaces;
  /** `$PATH` of the launchers. */
  readonly path: string;
  /** How many wait for an order. */
  readonly spare: number;
  /** Aborted when the runtime lets go of everything: launchers without an order end. */
  readonly closed: AbortSignal;
}

export function createLauncherPool({ way, places, path, spare, closed }: LauncherPoolOptions): LauncherPool {
  const [program = '', ...args] = launcherCommand(way, places);
  const waiting = new Set<ChildProcess>();

  function start(): ChildProcess {
    // A session of its own and no pipe to us but the one for its order, so that it outlives us.
    const child = spawn(program, args, {
      cwd: '/',
      detached: true,
      env: { PATH: path },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Whoever started the container learns of the launcher's end, so a broken pipe says nothing new.
    child.stdin.on('error', () => child.stdin.destroy());
    return child;
  }

  function startSpare(): void {
    const child = start();
    const forget = () => waiting.delete(child);
    child.once('exit', forget).once('error', forget);
    waiting.add(child);
    // One that waits does not keep this process alive.
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
  }

  closed.addEventListener('abort', () => {
    for (const child of waiting) child.stdin?.end();
  });

  return {
    launch(order) {
      const [ready] = waiting;
      const child = ready ?? start();
      waiting.delete(child);
      child.ref();
      child.stdin?.end(writeOrder(order));
      return child;
    },
    refill() {
      try {
        while (!closed.aborted && waiting.size < spare) startSpare();
      } catch {
        // A machine that can start no process just now says so to whoever needs one.
      }
    },
  };
}
