import { z } from 'zod';

const stateSchema = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  running: z.object({}).optional(),
  terminated: z
    .object({ exitCode: z.number(), reason: z.string().optional(), message: z.string().optional() })
    .optional(),
});

const statusesSchema = z.array(z.object({ name: z.string(), state: stateSchema.optional() }));

/** A pod, as far as decisions need it. */
export const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z
    .object({
      hostUsers: z.boolean().optional(),
      containers: z
        .array(z.object({ name: z.string(), restartPolicyRules: z.array(z.unknown()).optional() }))
        .optional(),
    })
    .optional(),
  status: z
    .object({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      podIP: z.string().optional(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
          }),
        )
        .optional(),
      containerStatuses: statusesSchema.optional(),
      initContainerStatuses: statusesSchema.optional(),
    })
    .optional(),
});

export type Pod = z.infer<typeof podSchema>;

export type ContainerState = z.infer<typeof stateSchema>;

export function stateOf({ status }: Pod, container: string): ContainerState | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container)?.state;
}

/** Whether one state of a pod is before another; false where the versions do not say it. */
export function isOlder({ metadata: one }: Pod, { metadata: other }: Pod): boolean {
  const versions = [one.resourceVersion, other.resourceVersion].map((version = '') =>
    /^\d+$/.test(version) ? BigInt(version) : undefined,
  );
  const [first, second] = versions;
  return one.uid === other.uid && first !== undefined && second !== undefined && first < second;
}

/** Nothing of it runs any more. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

export function isUnschedulable({ status }: Pod): boolean {
  return (
    status?.conditions?.some(
      ({ type, status: is, reason }) =>
        type === 'PodScheduled' && is === 'False' && (reason === 'Unschedulable' || reason === 'SchedulingGated'),
    ) === true
  );
}

/** A node has taken it. */
export function isScheduled({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'PodScheduled' && is === 'True') === true;
}

/** Why others than the agent end the pod; undefined: they do not. */
export function disruptionOf({ metadata, status }: Pod): string | undefined {
  const disrupted = status?.conditions?.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  if (disrupted !== undefined) return disrupted.message ?? disrupted.reason ?? 'it was disrupted';
  if (status?.reason === 'Evicted') return status.message ?? 'it was evicted';
  return metadata.deletionTimestamp === undefined ? undefined : 'it was deleted';
}
