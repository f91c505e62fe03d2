import { randomUUID } from 'node:crypto';
import { admitPlan } from '../../admission/admit-plan.ts';
import type { Policy } from '../../admission/policy/policy.ts';
import type { Config } from '../../agent/config/config-schema.ts';
import { readPolicy } from '../../agent/open/open-gate.ts';
import { requestToDraft } from '../../gateways/message/draft/request-to-draft.ts';
import { describeError } from '../../gateways/message/part-names.ts';
import { parseRequest } from '../../gateways/message/request/parse-request.ts';
import { ExecError } from '../../support/exec-error.ts';
import { printable } from '../../support/text/printable.ts';
import type { PlanDraft } from '../../wire/plan/plan.ts';
import { loadSettings, type SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { readText } from '../terminal/read-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createLocator } from './locate-problem.ts';

/** `exec-agent validate`: what an agent would say to these requests at its door. */
export async function validate(files: readonly string[], terminal: Terminal, flags: SettingFlags): Promise<number> {
  const { config, logger } = await loadSettings(terminal, flags);
  const policy = await readPolicy(config, logger);
  const { stdout } = terminal;
  const { green, red, yellow } = stdout.colors;
  let allValid = true;
  for (const file of files) {
    const name = file === '-' ? 'standard input' : file;
    const { problems, warnings } = await judgeFile(file, terminal, { config, policy });
    const valid = problems.length === 0;
    stdout.line(valid ? `${green('✓')} ${name} is valid` : `${red('✗')} ${name} is not valid`);
    for (const problem of problems) stdout.line(`    ${printable(problem)}`);
    for (const warning of warnings) stdout.line(`    ${yellow('warning:')} ${printable(warning)}`);
    allValid &&= valid;
  }
  return allValid ? exitCodes.ok : exitCodes.invalid;
}

export interface Judgement {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

interface Rules {
  readonly config: Pick<Config, 'messageBytes' | 'responseChannel' | 'servicePort'>;
  readonly policy: Policy;
}

async function judgeFile(file: string, terminal: Terminal, rules: Rules): Promise<Judgement> {
  try {
    const text = await readText(file, terminal, { maxBytes: rules.config.messageBytes });
    const { problems, warnings } = judgeRequest(text, rules);
    const locate = createLocator(text);
    return { problems: problems.map(locate), warnings: warnings.map(locate) };
  } catch (error) {
    if (error instanceof ExecError) return { problems: [error.message], warnings: [] };
    throw error;
  }
}

export function judgeRequest(text: string, { config, policy }: Rules): Judgement {
  const parsed = parseRequest(text, { maxBytes: config.messageBytes });
  if (!parsed.ok) return { problems: sentencesOf(parsed.error.message), warnings: [] };
  const { request, warnings } = parsed;
  const { responseChannel, servicePort } = config;
  const context = {
    executionId: randomUUID(),
    gateway: 'local',
    tenant: 'default',
    warnings,
    responseChannel,
    servicePort,
  };
  return judge(
    () => requestToDraft(request, context),
    (draft) => ({ problems: [], warnings: [...draft.warnings, ...refusalHere(draft, policy)] }),
  );
}

/** What the agent's settings forbid may be allowed where the request is going, so here it is a warning. */
function refusalHere(draft: PlanDraft, policy: Policy): readonly string[] {
  const { problems } = judge(
    () => admitPlan(draft, policy),
    () => ({ problems: [], warnings: [] }),
  );
  return problems.map((problem) => `With the current settings the agent would refuse it. ${problem}`);
}

function judge<T>(check: () => T, passed: (value: T) => Judgement): Judgement {
  try {
    return passed(check());
  } catch (error) {
    if (error instanceof ExecError) return { problems: [describeError(error)], warnings: [] };
    throw error;
  }
}

// Each problem begins with the field it is about.
function sentencesOf(message: string): readonly string[] {
  return message.split(/(?<=\.) (?=(?:[a-z_]+[\w.[\]]*|The message): )/);
}
