import { type LoadedConfig, loadConfig } from '../../agent/config/load-config.ts';
import { createLogger, type Logger } from '../../telemetry/log.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Settings that a command line may carry; each stands above the environment and the files. */
export interface SettingFlags {
  readonly runtime?: string;
  readonly url?: string;
  readonly redis?: string;
  readonly dataDir?: string;
  readonly concurrency?: string;
  readonly policy?: string;
  readonly port?: string;
  readonly debug?: boolean;
}

export interface Settings extends LoadedConfig {
  readonly logger: Logger;
}

/**
 * @param quietLevel the log level of a command whose answer matters more than its log, unless LOG_LEVEL says otherwise
 * @throws ExecError INVALID_REQUEST naming each wrong setting
 */
export async function loadSettings(
  { env, cwd, stderr }: Terminal,
  flags: SettingFlags,
  quietLevel?: 'warn',
): Promise<Settings> {
  const overrides = {
    runtime: flags.runtime,
    url: flags.url,
    redisUrl: flags.redis,
    dataDir: flags.dataDir,
    concurrency: flags.concurrency,
    policyFile: flags.policy,
    port: flags.port,
    logLevel: flags.debug === true ? 'debug' : undefined,
  };
  const loaded = await loadConfig({ env, cwd, overrides });
  for (const warning of loaded.warnings) stderr.line(`${stderr.colors.yellow('warning:')} ${warning}`);
  const level = loaded.sources.logLevel === 'default' ? (quietLevel ?? loaded.config.logLevel) : loaded.config.logLevel;
  const logger = await createLogger({
    level,
    pretty: stderr.isTerminal,
    colors: stderr.colors.isColorSupported,
    destination: process.stderr,
  });
  return { ...loaded, logger };
}
