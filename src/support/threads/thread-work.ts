import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ExecError, messageOf } from '../exec-error.ts';
import { codeRoot } from '../files/code-root.ts';

/** Work of one kind that a thread does, one order after the other, while the event loop turns. */
export interface ThreadWork<Order, Reply> {
  /**
   * The reply of the thread's program to the order, which is copied to it.
   * @throws ExecError INTERNAL when the thread ends before it replies, or the work is closed
   */
  run(order: Order): Promise<Reply>;
  /** Orders that have no reply yet fail. */
  close(): Promise<void>;
}

export interface ThreadOptions {
  /** Shown in tools that list threads. */
  readonly name: string;
  /** The program, which sends one reply to each order. */
  readonly file: string;
  /** How long a thread without work is kept, in milliseconds. */
  readonly keepIdleMs?: number | undefined;
  /** Memory that one order may need, in MiB. */
  readonly memoryMiB?: number | undefined;
}

interface Waiting<Order, Reply> {
  readonly order: Order;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: ExecError) => void;
}

const defaults = { keepIdleMs: 30_000, memoryMiB: 2048 };

/** A thread's program as it was built, by its path in the sources; undefined where the code runs from its sources. */
export function builtThreadFile(path: string): string | undefined {
  const file = fileURLToPath(new URL(path.replace(/[.]ts$/, '.js'), codeRoot));
  return existsSync(file) ? file : undefined;
}

/**
 * A thread is started for the first order and ends when none has come for a while. While it has no work, it does not keep
 * the process alive.
 */
export function createThreadWork<Order, Reply>(options: ThreadOptions): ThreadWork<Order, Reply> {
  const { name, file, keepIdleMs = defaults.keepIdleMs, memoryMiB = defaults.memoryMiB } = options;
  const waiting: Waiting<Order, Reply>[] = [];
  let current: Waiting<Order, Reply> | undefined;
  let worker: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let closed = false;

  function start(): Worker {
    const started = new Worker(file, {
      name,
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    let problem = 'its thread ended';
    started.on('message', (reply: Reply) => {
      const done = current;
      current = undefined;
      done?.resolve(reply);
      next();
    });
    started.on('error', (error) => {
      problem = messageOf(error);
    });
    started.on('messageerror', () => void started.terminate());
    started.on('exit', () => {
      // One that was stopped on purpose has no order.
      if (worker !== started) return;
      worker = undefined;
      const failed = current;
      current = undefined;
      failed?.reject(new ExecError('INTERNAL', problem));
      next();
    });
    return started;
  }

  function next(): void {
    if (current !== undefined || closed) return;
    current = waiting.shift();
    if (current === undefined) {
      rest();
      return;
    }
    clearTimeout(idleTimer);
    try {
      worker ??= start();
      worker.ref();
      worker.postMessage(current.order);
    } catch (error) {
      // A host may have no room for another thread.
      const failed = current;
      current = undefined;
      failed.reject(new ExecError('INTERNAL', `its thread could not start: ${messageOf(error)}`));
      next();
    }
  }

  function rest(): void {
    worker?.unref();
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => void stop(), keepIdleMs).unref();
  }

  async function stop(): Promise<void> {
    const stopped = worker;
    worker = undefined;
    await stopped?.terminate();
  }

  return {
    run(order) {
      if (closed) return Promise.reject(stopping());
      const reply = new Promise<Reply>((resolve, reject) => waiting.push({ order, resolve, reject }));
      next();
      return reply;
    },
    async close() {
      closed = true;
      clearTimeout(idleTimer);
      const left = waiting.splice(0);
      if (current !== undefined) left.unshift(current);
      current = undefined;
      for (const each of left) each.reject(stopping());
      await stop();
    },
  };
}

function stopping(): ExecError {
  return new ExecError('INTERNAL', 'the agent is stopping');
}
