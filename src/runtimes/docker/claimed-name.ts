import { randomUUID } from 'node:crypto';

const prefix = 'exec-agent';
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const claimed = new RegExp(`^/?${prefix}-(?:network|warm)-(${uuid})-[0-9a-f]{8}$`);

/** What a container that was made before anyone needed it is called once an execution has it: labels cannot be changed. */
export function claimedName(what: 'network' | 'warm', executionId: string): string {
  return `${prefix}-${what}-${executionId}-${randomUUID().slice(0, 8)}`;
}

/** Whose container of that name it is; undefined: nobody's yet. */
export function claimantOf(names: readonly string[]): string | undefined {
  for (const name of names) {
    const [, executionId] = claimed.exec(name) ?? [];
    if (executionId !== undefined) return executionId;
  }
  return undefined;
}
