import { executionKeys } from '../wire/redis-keys.ts';

/** All keys are in one slot of a cluster, so that one script may touch them together. */
export function queueKeys(prefix: string) {
  const ofExecutions = executionKeys(prefix);
  const { base } = ofExecutions;
  return {
    ...ofExecutions,
    /** What agents of an older version queue; an agent moves it into flows. */
    waiting: `${base}:waiting`,
    /** What waits for an agent with the labels, of one tenant: by time of arrival, moved ahead by priority. */
    flow: (placement: string, tenant: string) => `${base}:waiting:${placement}:${tenant}`,
    /** The placements that something waits for. */
    placements: `${base}:placements`,
    /** Tenants with requests that wait for that placement. */
    tenants: (placement: string) => `${base}:tenants:${placement}`,
    /** What waits for its next attempt, by the time of that. */
    delayed: `${base}:delayed`,
    /** What an agent works on, by the end of its lease. */
    leases: `${base}:leases`,
    /** What has ended, by the time of that. */
    finished: `${base}:finished`,
    /** A record that could not be read, as it was. */
    aside: (id: string) => `${base}:aside:${id}`,
    heard: (fingerprint: string) => `${base}:heard:${fingerprint}`,
    correlation: (tenant: string, correlationId: string) => `${base}:correlation:${tenant}:${correlationId}`,
    /** Executions by the time they were submitted: all of them, or those with one thing in common. */
    index: (name: string) => `${base}:index:${name}`,
    /** Executions without a record whose whole output is in that store. */
    orphanedLogs: (store: string) => `${base}:logs:${store}`,
    /** The last changes of state, as a stream. */
    events: `${base}:events`,
    agents: `${base}:agents`,
    paused: `${base}:paused`,
    deployment: `${base}:deployment`,
    wake: `${base}:wake`,
  };
}

export type QueueKeys = ReturnType<typeof queueKeys>;
