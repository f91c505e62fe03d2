import type { Finding } from '../../admission/policy/policy.ts';
import { readPolicy } from '../../agent/open/open-gate.ts';
import { type Explanation, explainRequest } from '../../gateways/message/explain-request.ts';
import { printable } from '../../support/text/printable.ts';
import { loadSettings, type SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { readText } from '../terminal/read-text.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface PolicyTestFlags extends SettingFlags {
  readonly policy?: string;
  readonly tenant: string;
  readonly digest?: string;
  readonly json?: boolean;
}

/** `exec-agent policy test`. */
export async function testPolicy(file: string, terminal: Terminal, flags: PolicyTestFlags): Promise<number> {
  const { config, logger } = await loadSettings(terminal, flags);
  const text = await readText(file, terminal, { maxBytes: config.messageBytes });
  const policy = await readPolicy(config, logger);
  const { tenant, digest } = flags;
  const explanation = explainRequest({ text, tenant, digest, policy, config });
  const lines = flags.json === true ? [JSON.stringify(explanation, null, 2)] : linesOf(explanation);
  for (const line of lines) terminal.stdout.line(line);
  return explanation.admitted ? exitCodes.ok : exitCodes.failed;
}

const marks: Readonly<Record<Finding['verdict'], string>> = {
  sets: '•',
  skips: '-',
  passes: '✓',
  later: '?',
  refuses: '✗',
};

/** One line for each finding, and the verdict. */
export function linesOf({ findings }: Explanation): readonly string[] {
  const width = Math.max(...findings.map(({ setting }) => setting.length));
  const lines = findings.map(
    ({ setting, verdict, says }) => `${marks[verdict]} ${setting.padEnd(width)}  ${printable(says)}`,
  );
  const refusal = findings.find(({ verdict }) => verdict === 'refuses');
  if (refusal !== undefined) return [...lines, `refused: ${refusal.code ?? 'POLICY_DENIED'}, by ${refusal.setting}`];
  const open = findings.some(({ verdict }) => verdict === 'later') ? ', unless its digest is refused' : '';
  return [...lines, `admitted${open}`];
}
