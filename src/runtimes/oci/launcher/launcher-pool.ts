import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import {
  type EngineWay,
  type ExpectedRoot,
  type LauncherPlaces,
  type LaunchOrder,
  launcherCommand,
  launcherEnvironment,
  writeOrder,
} from './launcher-command.ts';

/** Launchers that wait for an order, so that no container has to wait for its launcher. */
export interface LauncherPool {
  /** Hands the order to a launcher, which from then on is on its own. Another takes its place a moment later. */
  launch(order: LaunchOrder): ChildProcess;
  /** Starts launchers until there are as many spare ones as wanted, which expect what was launched last. */
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

// In this time a short container is over; a launcher that is made meanwhile takes processor time from it.
const refillDelayMs = 20;

export function createLauncherPool({ way, places, path, spare, closed }: LauncherPoolOptions): LauncherPool {
  const waiting = new Map<ChildProcess, ExpectedRoot | undefined>();
  const environment = launcherEnvironment(way, path);
  let recent: ExpectedRoot | undefined;
  let refillIsDue = false;

  function start(expected?: ExpectedRoot): ChildProcess {
    const [program = '', ...args] = launcherCommand(way, places, expected);
    // A session of its own and no pipe to us but the one for its order, so that it outlives us.
    const child = spawn(program, args, {
      cwd: '/',
      detached: true,
      env: environment,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Whoever started the container learns of the launcher's end, so a broken pipe says nothing new.
    child.stdin.on('error', () => child.stdin.destroy());
    return child;
  }

  function startSpare(): void {
    const child = start(recent);
    const forget = () => waiting.delete(child);
    child.once('exit', forget).once('error', forget);
    waiting.set(child, recent);
    // One that waits does not keep this process alive.
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
  }

  function refill(): void {
    try {
      while (!closed.aborted && waiting.size < spare) startSpare();
    } catch {
      // A machine that can start no process just now says so to whoever needs one.
    }
  }

  function refillSoon(): void {
    if (refillIsDue) return;
    refillIsDue = true;
    setTimeout(() => {
      refillIsDue = false;
      refill();
    }, refillDelayMs).unref();
  }

  closed.addEventListener('abort', () => {
    for (const child of waiting.keys()) child.stdin?.end();
  });

  return {
    launch(order) {
      recent = { lower: order.lower, layerBytes: order.layerBytes };
      const [ready] = [...waiting].toSorted(
        ([, one], [, other]) => Number(suits(order, other)) - Number(suits(order, one)),
      );
      const [child, expected] = ready ?? [start(), undefined];
      waiting.delete(child);
      child.ref();
      child.stdin?.end(writeOrder(order, expected));
      refillSoon();
      return child;
    },
    refill,
  };
}

function suits({ lower, layerBytes }: LaunchOrder, expected: ExpectedRoot | undefined): boolean {
  return expected?.lower === lower && expected.layerBytes === layerBytes;
}
