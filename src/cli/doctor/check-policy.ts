import { settlePolicy } from '../../admission/policy/settle-policy.ts';
import { readPolicy } from '../../agent/open/open-gate.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { Settings } from '../settings/load-settings.ts';
import type { Check } from './check.ts';

const section = 'Safety';
const name = 'policy';

/** Whether there is a policy, and whether it has images scanned. */
export async function checkPolicy({ config, logger }: Pick<Settings, 'config' | 'logger'>): Promise<Check> {
  try {
    const policy = await readPolicy(config, logger);
    const { preset } = settlePolicy(policy, { tenant: '', tags: {} }).settings.confinement;
    const rules = policy.document.rules ?? [];
    const modes = [policy.document, ...rules].map(({ scan }) => scan?.mode ?? 'off');
    const scans = modes.some((mode) => mode !== 'off');
    const file = config.policyFile ?? 'no policy file: every image may run';
    const detail = `${file}; preset ${preset}; images are ${scans ? 'scanned' : 'not scanned'}`;
    if (!scans || config.scanCommand !== undefined) return { section, name, state: scans ? 'ok' : 'off', detail };
    const cure = 'Set EXEC_SCAN_COMMAND to a command that prints JSON of Trivy or Grype.';
    return { section, name, state: 'warn', detail: `${detail}, but no scanner is configured`, cure };
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    return {
      section,
      name,
      state: 'bad',
      detail: error.message,
      cure: 'Fix the file. An agent does not start with it.',
    };
  }
}
