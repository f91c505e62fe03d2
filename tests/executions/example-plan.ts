import { randomUUID } from 'node:crypto';
import { type ExecutionPlan, standardConfinement } from '../../src/wire/plan/plan.ts';

/** A plan as admission makes it, with the fields that a test cares about. */
export function planOf(fields: Partial<ExecutionPlan> = {}): ExecutionPlan {
  return {
    version: 1,
    id: randomUUID(),
    correlationId: null,
    gateway: 'redis',
    tenant: 't',
    tags: {},
    priority: 0,
    steps: [
      {
        image: { reference: 'alpine', pull: 'missing' },
        env: {},
        workingDir: '/workspace',
        readOnlyRoot: false,
        ignoreError: false,
      },
    ],
    volumes: [],
    scratch: [],
    inputs: [],
    outputs: [],
    returnLogs: false,
    resources: { cpus: 1, memoryBytes: 1, pids: 1, scratchBytes: 1 },
    confinement: standardConfinement,
    network: { mode: 'none', services: [], ports: [] },
    timeoutSeconds: 1,
    retry: { attempts: 1, onExit: false },
    warnings: [],
    ...fields,
  };
}
