import { ExecError } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import { part, sentence } from '../../wire/sentence.ts';

export function tenantFull(tenant: string, bytes: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    `The tenant ${tenant} has requests of ${formatBytes(bytes)} queued or running; with this one they exceed EXEC_TENANT_BYTES. Send it again later, or put large inputs into the object store.`,
  );
}

export function placementsFull(placements: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    sentence`${part('placement')}: requests with ${placements} different placements are waiting, which is the maximum. Send it again later, or use a placement that others use too.`,
  );
}

export function tenantPlacementsFull(tenant: string, placements: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    sentence`${part('placement')}: requests of the tenant ${tenant} with ${placements} different placements are waiting, which is the maximum for one tenant. Send it again later, or use one of these placements.`,
  );
}

export function queueFull(waiting: number): ExecError {
  return new ExecError(
    'QUEUE_FULL',
    `${waiting} requests are waiting already, which is as many as may (EXEC_QUEUE_MAX). Send it again later.`,
  );
}
