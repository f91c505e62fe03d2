import { once } from 'node:events';
import type { Agent } from '../../agent/agent-types.ts';
import type { Config } from '../../agent/config/config-schema.ts';
import { openAgent } from '../../agent/open-agent.ts';
import { packageVersion } from '../../support/files/package-version.ts';
import { letNewSpaceGrow } from '../../support/processes/keep-heap-small.ts';
import { withoutPassword } from '../../support/text/without-password.ts';
import type { Logger } from '../../telemetry/log.ts';
import { redisCliOf } from '../output/redis-cli.ts';
import { formatTable } from '../output/text/format-table.ts';
import { loadSettings, type SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { openTracing } from '../traces/open-tracing.ts';

/** `exec-agent serve`: an agent until a signal stops it. */
export async function serve(terminal: Terminal, flags: SettingFlags): Promise<number> {
  const { config, logger } = await loadSettings(terminal, flags);
  const stopping = `Stopping: taking no new work; running containers get up to ${config.drainSeconds} s.`;
  const notify = terminal.stderr.isTerminal ? sayOnInterrupt(terminal, stopping) : () => logger.info(stopping);
  await withInterrupt(notify, async (signal) => {
    const tracing = await openTracing(config, logger);
    const agent = await openAgent(config, { logger, searchPath: terminal.env.PATH ?? '', tracing });
    announce(agent, { config, logger, terminal });
    letNewSpaceGrow();
    if (!signal.aborted) await once(signal, 'abort');
    await agent.stop();
    await tracing?.close();
  });
  return exitCodes.ok;
}

interface Announcement {
  readonly config: Config;
  readonly logger: Logger;
  readonly terminal: Terminal;
}

/** A banner for people; where stderr is a log, one line of it. */
function announce(agent: Agent, { config, logger, terminal: { stderr } }: Announcement): void {
  const redisCli = redisCliOf(agent.redisUrl);
  if (!stderr.isTerminal) {
    logger.info({ agent: agent.id, redisCli, concurrency: config.concurrency }, 'serving until SIGTERM');
    return;
  }
  const { bold, cyan, dim } = stderr.colors;
  const redis = withoutPassword(agent.redisUrl);
  const rows = [
    ['redis', agent.embeddedRedis ? `${redis} ${dim('(private)')}` : redis],
    ['channels', `${config.requestChannel} → ${config.responseChannel}`],
    ['http', agent.httpUrl ?? dim('off (PORT)')],
    ['runtime', `${agent.choice.runtime.name} ${dim(agent.choice.reason)}`],
    ['concurrency', `${config.concurrency} at a time`],
    ['send one', 'exec-agent submit request.json --wait'],
    ['by hand', `${redisCli} PUBLISH ${config.requestChannel} '{…}'`],
    ['stop', 'Ctrl-C or SIGTERM'],
  ];
  stderr.line(`\n${bold(`exec-agent ${packageVersion()} is ready`)} ${dim(agent.id)}`);
  for (const line of formatTable(
    rows.map(([label = '', ...cells]) => [cyan(label), ...cells]),
    '  ',
  ))
    stderr.line(line);
  stderr.line();
}
