import { claimantOf } from '../../src/runtimes/docker/claimed-name.ts';

/** Whether a container waits for its command, or is made to, and is nobody's yet. */
export function isWaiting({
  Labels,
  Names,
}: {
  readonly Labels: Readonly<Record<string, string>>;
  readonly Names: readonly string[];
}): boolean {
  return Labels['exec-agent.role'] === 'warm' && claimantOf(Names) === undefined;
}
