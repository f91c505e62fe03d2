import type { Runtime } from '../../runtimes/runtime.ts';
import type { Config } from './config-schema.ts';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * What requests can ask of this agent: EXEC_LABELS, and what is known of it. The processor is that of this host, so it is
 * left out where containers may run on another one.
 */
export function agentLabels(
  { labels = {}, dockerHost }: Pick<Config, 'labels' | 'dockerHost'>,
  { name, capabilities }: Pick<Runtime, 'name' | 'capabilities'>,
): Readonly<Record<string, string>> {
  const isHere = capabilities.place === 'machine' && !(name === 'docker' && dockerHost.startsWith('tcp:'));
  const arch = isHere ? architectures[process.arch] : undefined;
  return { runtime: name, ...(arch === undefined ? {} : { arch }), ...labels };
}
