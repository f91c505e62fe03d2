import { isBroken } from '../../support/channels/frames.ts';
import { ExecError, toExecError } from '../../support/exec-error.ts';
import { withRetries } from '../../support/time/with-retries.ts';
import type { Sources } from '../api/staging.ts';
import { type DataProgram, openDataProgram } from '../beside/open-data-program.ts';
import type { AwayFacts } from '../runtime-away.ts';
import type { PodLine } from './keep/pod-line.ts';

type Work<T> = (program: DataProgram) => Promise<T>;

/** Lets keep stage and collect. One that crashes meanwhile is started again by the kubelet, and has half of the work done. */
export interface DataProgramRunner {
  /** For work that changes the pod: the execution begins anew, in another pod, when keep crashes. */
  change<T>(signal: AbortSignal, work: Work<T>): Promise<T>;
  /** For work that can be repeated: it is, when keep crashes. */
  read<T>(signal: AbortSignal, work: Work<T>): Promise<T>;
}

const repeats = { attempts: 5, backoffMs: 200, backoffMaxMs: 2_000 };
const away: AwayFacts = { runtimeAway: true };

export function createDataProgramRunner(line: Pick<PodLine, 'openData'>, sources: Sources): DataProgramRunner {
  const once = async <T>(signal: AbortSignal, work: Work<T>): Promise<T> => {
    const program = openDataProgram(await line.openData(signal), sources);
    try {
      return await work(program);
    } finally {
      program.close();
    }
  };
  return {
    change: (signal, work) =>
      once(signal, work).catch((error: unknown) => {
        if (!isBroken(error)) throw error;
        const { code, message } = toExecError(error);
        throw new ExecError(code, message, { context: { ...away }, cause: error });
      }),
    read: (signal, work) => withRetries({ ...repeats, signal, mayPass: isBroken }, () => once(signal, work)),
  };
}
