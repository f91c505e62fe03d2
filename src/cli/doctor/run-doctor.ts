import { findSystemParts } from '../../agent/system-parts/find-system-parts.ts';
import { installSystemParts } from '../../agent/system-parts/install-system-parts.ts';
import { loadSettings, type SettingFlags, type Settings } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Diagnosis } from './check.ts';
import { checkCluster } from './check-cluster.ts';
import { checkMachine } from './check-machine.ts';
import { checkParts } from './check-parts.ts';
import { checkDataDir, checkSecretsMemory, checkStore } from './check-places.ts';
import { checkPolicy } from './check-policy.ts';
import { checkRedis } from './check-redis.ts';
import { checkRuntimes } from './check-runtimes.ts';
import { checkSafety } from './check-safety.ts';
import { checkServices } from './check-services.ts';
import { missingParts, type Wanted } from './needed-parts.ts';
import { printChecks } from './print-checks.ts';

export interface DoctorFlags extends SettingFlags {
  readonly json?: boolean;
  readonly install?: boolean;
}

/** `exec-agent doctor`: what is here, what is wrong, what to do. */
export async function runDoctor(terminal: Terminal, flags: DoctorFlags): Promise<number> {
  const settings = await loadSettings(terminal, flags, 'warn');
  const searchPath = terminal.env.PATH ?? '';
  return withInterrupt(sayOnInterrupt(terminal, 'Stopping.'), async (signal) => {
    let diagnosis = await diagnose(settings, { searchPath, signal });
    if (flags.install === true) {
      const { stderr } = terminal;
      const found = await findSystemParts({ searchPath, signal });
      const missing = missingParts(found, wantedParts(settings, diagnosis.docker));
      if (missing.length === 0) stderr.line('Nothing is missing.');
      await installSystemParts(missing, { onLine: (line) => stderr.line(line), signal });
      if (missing.length > 0) diagnosis = await diagnose(settings, { searchPath, signal });
    }
    printChecks({ canRun: diagnosis.canRun, checks: diagnosis.checks }, { json: flags.json === true, terminal });
    return diagnosis.canRun ? exitCodes.ok : exitCodes.failed;
  });
}

interface DiagnoseContext {
  readonly searchPath: string;
  readonly signal: AbortSignal;
}

async function diagnose(
  settings: Settings,
  { searchPath, signal }: DiagnoseContext,
): Promise<Diagnosis & { readonly docker: boolean }> {
  const { config, logger } = settings;
  const dataDir = await checkDataDir(config);
  const runtimes = await checkRuntimes({ config, logger, searchPath, signal });
  try {
    const docker = runtimes.agent?.choice.runtime.name === 'docker';
    const found = await findSystemParts({ searchPath, signal });
    const hasRedis = found.some(({ part, path }) => part.name === 'redis-server' && path !== undefined);
    const checks = [
      ...checkMachine(config.runtime),
      ...runtimes.checks,
      ...(await checkCluster(config, runtimes.agent?.choice.runtime, signal)),
      ...(await checkRedis(config, { canStartOne: hasRedis })),
      dataDir,
      await checkSecretsMemory(config),
      ...(runtimes.agent === undefined ? [] : [await checkStore(runtimes.agent.store, signal)]),
      ...(await checkSafety(runtimes.agent?.choice.runtime)),
      await checkPolicy(settings),
      ...(await checkServices(config, runtimes.agent?.choice.runtime, signal)),
      ...checkParts(found, wantedParts(settings, docker)),
    ];
    return { canRun: runtimes.agent !== undefined && dataDir.state !== 'bad', checks, docker };
  } finally {
    await runtimes.agent?.close();
  }
}

function wantedParts({ config }: Settings, docker: boolean): Wanted {
  const here = !docker && config.runtime !== 'kubernetes';
  return { privateRedis: config.redisUrl === undefined, oci: here, ociImages: here };
}
