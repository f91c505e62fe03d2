import type { FaultWorld } from '../fault-world.ts';

const reports = [/The pod was ended while the container ran/, /The pod \S+ was lost/, /its container is gone too/];

/** @param ended the executions whose pods were ended by others while they were there */
export function isUndoneByCluster(ended: ReadonlySet<string>): FaultWorld['isUndone'] {
  return ({ error_code: code = '', error = '', execution_id: id }, _, marks) =>
    ended.has(id ?? '') &&
    marks.length <= 1 &&
    ['RUNTIME_UNAVAILABLE', 'AGENT_LOST'].includes(code) &&
    reports.some((report) => report.test(error));
}
