import type { FaultWorld } from '../fault-world.ts';
import { warns } from '../judge.ts';

const reports = [/The pod was ended while the container ran/, /The pod \S+ was lost/, /its container is gone too/];

/** @param ended the executions whose pods were ended by others while they were there */
export function isUndoneByCluster(ended: ReadonlySet<string>): FaultWorld['isUndone'] {
  return ({ error_code: code = '', error = '', execution_id: id }, rest = '', marks, isRightCode) => {
    if (!ended.has(id ?? '') || marks.length > 1) return false;
    const isReported = (text: string) => reports.some((report) => report.test(text));
    if (['RUNTIME_UNAVAILABLE', 'AGENT_LOST'].includes(code)) return isReported(error);
    // The command had ended by itself, and then its pod before its files were collected.
    return isRightCode && rest.startsWith(warns) && isReported(rest);
  };
}
