import type { Config } from '../../agent/config/config-schema.ts';
import { connectRedis, withoutPassword } from '../../agent/redis/connect-redis.ts';
import { findRedisUrl } from '../../agent/redis/find-redis-url.ts';
import { parseRequest } from '../../gateways/message/request/parse-request.ts';
import { ExecError } from '../../support/exec-error.ts';
import { printable } from '../../support/text/printable.ts';
import { count } from '../output/count.ts';
import { loadSettings, type SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import { readText } from '../terminal/read-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askAndWait, type Exchange } from './ask-and-wait.ts';

export interface SubmitFlags extends SettingFlags {
  readonly wait?: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

const connectMs = 5000;

/** `exec-agent submit`: one request to the agents that serve a Redis. */
export async function submit(file: string, terminal: Terminal, flags: SubmitFlags): Promise<number> {
  if (flags.timeout !== undefined && flags.wait !== true)
    throw new ExecError('INVALID_REQUEST', '--timeout is the time to wait for the response. Use it with --wait.');
  const { config, logger } = await loadSettings(terminal, flags, 'warn');
  const text = await readText(file, terminal, { maxBytes: config.messageBytes });
  const parsed = parseRequest(text, { maxBytes: config.messageBytes });
  if (!parsed.ok) throw parsed.error;

  const url = await urlOf(config);
  const redis = await connectRedis({ url, name: 'exec-agent-submit', connectMs, logger });
  const exchange: Exchange = { redis, config, onHeard: (agents) => heard(agents, { url, config, terminal, flags }) };
  try {
    if (flags.wait === true) return await waitForAnswer(text, exchange, { terminal, flags });
    exchange.onHeard(await redis.publish(config.requestChannel, text));
    return exitCodes.ok;
  } finally {
    redis.disconnect();
  }
}

async function waitForAnswer(
  text: string,
  exchange: Exchange,
  { terminal, flags }: { readonly terminal: Terminal; readonly flags: SubmitFlags },
): Promise<number> {
  const { stdout, stderr } = terminal;
  const notify = sayOnInterrupt(terminal, 'Canceling. Waiting for the response with the output so far.');
  const timeoutMs = flags.timeout === undefined ? undefined : flags.timeout * 1000;
  const answer = await withInterrupt(notify, (cancel) => askAndWait(text, { ...exchange, cancel, timeoutMs }));
  stdout.line(answer.text);
  if (answer.success) return exitCodes.ok;
  stderr.line(`${stderr.colors.red('error:')} ${answer.code ?? 'failed'}: ${printable(answer.error ?? '')}`);
  return exitCodes.failed;
}

async function urlOf(config: Config): Promise<string> {
  const url = await findRedisUrl(config);
  if (url !== undefined) return url;
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `No Redis was found: REDIS_URL is not set, and no private one runs for the data directory ${config.dataDir}. ` +
      'Start an agent with "exec-agent serve", or set REDIS_URL.',
  );
}

interface HeardContext {
  readonly url: string;
  readonly config: Config;
  readonly terminal: Terminal;
  readonly flags: SubmitFlags;
}

function heard(agents: number, { url, config, terminal, flags }: HeardContext): void {
  const { requestChannel } = config;
  if (agents === 0)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `No agent is listening on ${requestChannel} at ${withoutPassword(url)}. Start one with "exec-agent serve".`,
    );
  const sink = flags.wait === true ? terminal.stderr : terminal.stdout;
  sink.line(sink.colors.dim(`Published to ${requestChannel}, received by ${count(agents, 'agent')}.`));
}
