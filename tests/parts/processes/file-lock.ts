import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Does the work while no other process of this machine does work under the same file. The kernel holds the lock, so
 * it is free again however this process ends.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(holder, 'exit');
  const locked = await Promise.race([once(holder.stdout, 'data').then(() => true), exited.then(() => false)]);
  if (!locked) throw new Error(`the lock ${file} could not be taken`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await exited;
  }
}
