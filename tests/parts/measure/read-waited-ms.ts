import { readFileSync } from 'node:fs';

/** For how long this thread has been ready to run without a processor; 0 where the kernel does not count it. */
export function readWaitedMs(): number {
  const [, waitedNs = '0'] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}
