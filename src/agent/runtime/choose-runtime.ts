import type { Runtime } from '../../runtimes/runtime.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { RuntimeCandidate, RuntimeChoice } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';

export interface Driver {
  readonly name: 'docker' | 'oci' | 'kubernetes';
  /** Nothing is connected or started before it is opened. */
  open(): Promise<Runtime>;
}

/**
 * The runtime that the configuration names, or for `auto` the first driver that can be used.
 * @throws ExecError RUNTIME_UNAVAILABLE with the reason of each driver that cannot
 */
export async function chooseRuntime(
  wanted: Config['runtime'],
  drivers: readonly Driver[],
  signal: AbortSignal,
): Promise<RuntimeChoice> {
  const candidates: RuntimeCandidate[] = [];
  for (const driver of drivers.filter(({ name }) => wanted === 'auto' || wanted === name)) {
    const runtime = await driver.open();
    const health = await runtime.probe(signal);
    candidates.push({ name: driver.name, health });
    if (health.ok) return { runtime, reason: reasonFor(wanted, candidates), candidates };
    await runtime.close();
  }
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `No runtime can be used here.\n${candidates.map(({ name, health }) => `  ${name}: ${health.reason}`).join('\n')}`,
  );
}

function reasonFor(wanted: Config['runtime'], candidates: readonly RuntimeCandidate[]): string {
  const last = candidates.at(-1);
  const version = last?.health.version ?? last?.name ?? '';
  if (wanted !== 'auto') return `${version}, because EXEC_RUNTIME=${wanted}`;
  const passedOver = candidates.slice(0, -1).map(({ name, health }) => `${name} cannot be used: ${health.reason}`);
  return passedOver.length === 0 ? `${version} answers` : `${version}; ${passedOver.join('; ')}`;
}
