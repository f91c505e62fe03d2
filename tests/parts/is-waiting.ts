import { claimantOf } from '../../src/runtimes/docker/claimed-name.ts';

interface Listed {
  readonly Labels: Readonly<Record<string, string>>;
  readonly Names: readonly string[];
}

/** Whether a container waits for its command, or is made to, and is nobody's yet. */
export function isWaiting({ Labels, Names }: Listed): boolean {
  return Labels['exec-agent.role'] === 'warm' && claimantOf(Names) === undefined;
}

/** Whether a container holds a network that is nobody's yet. */
export function isKeptNetwork({ Labels, Names }: Listed): boolean {
  return Labels['exec-agent.role'] === 'network' && claimantOf(Names) === undefined;
}
