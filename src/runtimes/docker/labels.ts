import type { SandboxSpec } from '../runtime.ts';

/** What we make in an engine carries these, so that it is found again and nobody else's is touched. */
export const labels = {
  deployment: 'exec-agent.deployment',
  execution: 'exec-agent.execution',
  /** One attempt at an execution. */
  sandbox: 'exec-agent.sandbox',
  /** `step`, `helper`, `probe`, `network` or `warm`. */
  role: 'exec-agent.role',
  /** Of a container that holds a network: what its process has in its environment. */
  secret: 'exec-agent.secret',
  /** Of what is made before anyone needs it: the process that made it, as JSON. */
  maker: 'exec-agent.maker',
} as const;

export function labelsOf(
  { deployment, executionId }: Pick<SandboxSpec, 'deployment' | 'executionId'>,
  sandboxId: string,
): Readonly<Record<string, string>> {
  return { [labels.deployment]: deployment, [labels.execution]: executionId, [labels.sandbox]: sandboxId };
}

/** The engine's `filters` for things that carry the label. */
export function labelFilter(name: string, value: string): string {
  return JSON.stringify({ label: [`${name}=${value}`] });
}
