import { execFileSync } from 'node:child_process';
import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupDirectories, mountsOf, processesOf } from './run-traces.ts';
import { isAbandoned, runsDirectory, type TestRun, testRunOf } from './test-run.ts';

const graceMs = 20_000;

/**
 * Ends what a run started and removes all it made. Synchronous, because a run that was interrupted has nothing but
 * its `exit` event left; also right for a run of which nothing is there any more.
 */
export function removeRun(run: TestRun): void {
  if (!endProcesses(run, 'SIGTERM', graceMs)) endProcesses(run, 'SIGKILL', graceMs);
  for (const mountPoint of mountsOf(run)) execFileSync('umount', ['--lazy', mountPoint]);
  removeCgroups(run.cgroup);
  rmSync(run.directory, { recursive: true, force: true });
}

/** Removes the groups of an engine that has ended. @throws when a process is still in one */
export function removeCgroups(cgroup: string): void {
  for (const directory of cgroupDirectories(cgroup)) rmdirSync(directory);
}

/** Removes what runs of this user left that were killed. */
export function removeAbandonedRuns(): void {
  for (const name of readdirSync(runsDirectory).filter(isAbandoned).filter(isMine)) removeRun(testRunOf(name));
}

function isMine(name: string): boolean {
  return statSync(join(runsDirectory, name)).uid === process.getuid?.();
}

function endProcesses(run: TestRun, signal: NodeJS.Signals, withinMs: number): boolean {
  const end = Date.now() + withinMs;
  const signalled = new Set<number>();
  for (let left = processesOf(run); left.length > 0; left = processesOf(run)) {
    if (Date.now() > end) return false;
    // An engine needs its containerd until it has ended, and ends it then.
    const pids = new Set(left.map(({ pid }) => pid));
    const first = left.filter(({ parent, inContainer }) => inContainer || !pids.has(parent));
    for (const { pid, inContainer } of first.filter(({ pid }) => !signalled.has(pid))) {
      // What runs in a container has nothing to save, and an engine that ends would wait for it.
      sendSignal(pid, inContainer ? 'SIGKILL' : signal);
      signalled.add(pid);
    }
    pause(50);
  }
  return true;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
