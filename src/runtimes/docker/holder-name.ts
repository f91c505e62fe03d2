import { randomUUID } from 'node:crypto';

const prefix = 'exec-agent-network';
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const claimed = new RegExp(`^/?${prefix}-(${uuid})-[0-9a-f]{8}$`);

/** What a container that holds a network is called once an execution has it: labels cannot be changed. */
export function claimedName(executionId: string): string {
  return `${prefix}-${executionId}-${randomUUID().slice(0, 8)}`;
}

/** Whose network a container of that name holds; undefined: nobody's yet. */
export function claimantOf(names: readonly string[]): string | undefined {
  for (const name of names) {
    const [, executionId] = claimed.exec(name) ?? [];
    if (executionId !== undefined) return executionId;
  }
  return undefined;
}
