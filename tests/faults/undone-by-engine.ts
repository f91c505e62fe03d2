import type { FaultWorld } from './fault-world.ts';

/** Docker that is stopped just when a container starts, runs or ends can end it, or forget how it ended. */
export const isUndoneByEngine: FaultWorld['isUndone'] = ({ error_code: code, error = '' }, rest, marks) => {
  if (code !== 'RUNTIME_UNAVAILABLE' || marks.length !== 1) return false;
  if (error.includes('Docker lost the exit code')) return rest === undefined;
  return (
    error.includes('lost while it started the container') ||
    error.includes('Docker was stopped while the container ran')
  );
};
