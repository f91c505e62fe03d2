import { join, resolve } from 'node:path';
import { admitPlan } from '../../admission/admit-plan.ts';
import { judgeResolved } from '../../admission/judge/judge-resolved.ts';
import { openPolicy } from '../../admission/policy/open-policy.ts';
import type { Policy } from '../../admission/policy/policy.ts';
import { createScanner } from '../../admission/scan/create-scanner.ts';
import { openScanStore, type ScanStore } from '../../admission/scan/scan-store.ts';
import { readSecret } from '../../admission/secret-source.ts';
import type { JudgeImage } from '../../execution/execution-tools.ts';
import type { ReadSecrets } from '../../execution/prepare/journey-secrets.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExecutionPlan, PlanDraft } from '../../wire/plan/plan.ts';
import type { AgentContext } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';
import { policyBase } from '../config/derive-limits.ts';

const policyCheckMs = 1000;

/** What may run, with what: asked at the door and once more when the work is taken up. */
export interface Gate {
  admit(draft: PlanDraft): ExecutionPlan;
  /** As it is now. */
  policy(): Policy;
  readonly judgeImage: JudgeImage;
  readonly readSecrets: ReadSecrets;
  close(): void;
}

/** @throws ExecError INVALID_REQUEST for a policy file that cannot be used */
export async function openGate(
  config: Config,
  { logger, environment = process.env }: Pick<AgentContext, 'logger' | 'environment'>,
): Promise<Gate> {
  const policy = await openPolicy({ ...policyPlace(config), checkMs: policyCheckMs, logger });
  const scanner = createScanner({
    command: config.scanCommand?.trim().split(/\s+/),
    store: openScans(config),
    timeoutMs: config.scanTimeout * 1000,
    maxAgeMs: config.scanMaxAge * 1000,
    environment: { ...environment, ...engineVariables(config) },
    clock: systemClock,
  });
  const { secretsPrefix: prefix, secretsDir: directory, secretsFile: file } = config;
  const places = { prefix, directory, file, environment };
  return {
    admit: (draft) => admitPlan(draft, policy.current()),
    policy: policy.current,
    judgeImage: (plan, image, context) =>
      judgeResolved(plan, image, { ...context, policy: policy.current(), scanner, clock: systemClock }),
    async readSecrets({ secrets = [] }) {
      return Promise.all(secrets.map(async (secret) => ({ ...secret, value: await readSecret(secret.name, places) })));
    },
    close: policy.close,
  };
}

/** What scanners have found so far. */
export function openScans({ dataDir }: Pick<Config, 'dataDir'>): ScanStore {
  return openScanStore(join(resolve(dataDir), 'scans'));
}

/** The policy as it is now, for commands that judge and go. */
export async function readPolicy(config: Config, logger: Logger): Promise<Policy> {
  return (await openPolicy({ ...policyPlace(config), logger })).current();
}

/** A scanner is to look into the agent's own engine, wherever the agent's settings come from. */
function engineVariables({ dockerHost, dockerTlsVerify, dockerCertPath }: Config) {
  return {
    DOCKER_HOST: dockerHost,
    DOCKER_TLS_VERIFY: dockerTlsVerify ? '1' : undefined,
    ...(dockerCertPath === undefined ? {} : { DOCKER_CERT_PATH: dockerCertPath }),
  };
}

function policyPlace(config: Config) {
  const { policyFile } = config;
  return { base: policyBase(config), file: policyFile === undefined ? undefined : resolve(policyFile) };
}
