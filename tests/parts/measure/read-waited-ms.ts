import { readFileSync } from 'node:fs';

/** For how long this thread has been ready to run without a processor; 0 where the kernel does not count it. */
export function readWaitedMs(): number {
  return readTimes()[1];
}

/** For how long this thread has had a processor; 0 where the kernel does not count it. */
export function readProcessorMs(): number {
  return readTimes()[0];
}

function readTimes(): readonly [number, number] {
  const [workedNs = '0', waitedNs = '0'] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
  return [Number(workedNs) / 1e6, Number(waitedNs) / 1e6];
}
