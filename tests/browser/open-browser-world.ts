import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { z } from 'zod';
import { createHttpClient, type HttpClient } from '../../src/client/browser.ts';
import type { ExecutionRequest } from '../../src/wire/request/request.ts';
import { type AgentProcess, startAgentProcess } from '../agent/agent-process.ts';
import { findFreePort } from '../parts/processes/free-port.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { startRedis } from '../parts/stores/redis.ts';
import { cloneExecutions } from './seed/clone-executions.ts';
import { type Disguise, disguiseExecution } from './seed/disguise-execution.ts';
import { replaceLog } from './seed/replace-log.ts';

/** An agent with real containers, and a browser. */
export interface BrowserWorld {
  readonly url: string;
  readonly client: HttpClient;
  /** A page of its own session. What must not happen on any page (dialogs, errors, requests elsewhere) goes to `faults`. @param origin Default: of the agent. */
  openPage(options?: Parameters<Browser['newContext']>[0], origin?: string): Promise<Page>;
  readonly faults: string[];
  /** Runs a shell script in a container to its end and returns its id. */
  run(script: string, more?: Partial<ExecutionRequest>): Promise<string>;
  /** Starts it without waiting. */
  start(script: string, more?: Partial<ExecutionRequest>): Promise<string>;
  /** Makes what would take too long with containers. */
  readonly seed: {
    /** Adds so many older copies of a finished execution. */
    cloneExecution(id: string, count: number): Promise<void>;
    /** Puts so many lines in place of the whole output of an execution; gives their bytes. */
    replaceLog(id: string, lines: number): Promise<number>;
  };
  /** Another agent with a queue of its own and these settings. */
  openAgent(settings: Readonly<Record<string, string>>): Promise<OtherAgent>;
  /** Kills the agent, and starts it again once the work is done. */
  whileAgentIsAway(work: () => Promise<void>): Promise<void>;
  /** With the first one the agent serves nobody without a token. */
  createToken(...args: readonly string[]): Promise<string>;
  revokeTokens(): Promise<void>;
  close(): Promise<void>;
}

export interface OtherAgent {
  readonly url: string;
  readonly port: number;
  readonly client: HttpClient;
  /** Gives a finished or running execution another image and other times. */
  disguise(id: string, as: Disguise): Promise<void>;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const tokenListSchema = z.object({ tokens: z.array(z.object({ id: z.string() })) });

export async function openBrowserWorld(directory: string): Promise<BrowserWorld> {
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const connection = new Redis(redis.url);
  const prefix = 'exec';
  const dataDir = join(directory, 'agent');
  const env = {
    REDIS_URL: redis.url,
    EXEC_RUNTIME: 'oci',
    EXEC_HOST_IMAGE: 'true',
    PORT: String(port),
    EXEC_DATA_DIR: dataDir,
    EXEC_KEY_PREFIX: prefix,
    EXEC_MIN_FREE_DISK: '1m',
    EXEC_MIN_FREE_MEMORY: '1m',
  };
  const serve = async (): Promise<AgentProcess> => {
    const started = startAgentProcess({ program: [program, 'serve'], env });
    await started.ready;
    return started;
  };
  let agent = await serve();
  const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
  const client = createHttpClient({ url });
  const faults: string[] = [];
  const contexts: BrowserContext[] = [];
  const requestOf = (script: string, more: Partial<ExecutionRequest> = {}): ExecutionRequest => ({
    ...more,
    container: { image: 'host', command: ['sh', '-c', script], ...more.container },
  });
  const cliOf = (keyPrefix: string, ...args: readonly string[]) =>
    runCommand('env', `EXEC_KEY_PREFIX=${keyPrefix}`, process.execPath, program, ...args, '--redis', redis.url);
  const cli = (...args: readonly string[]) => cliOf(prefix, ...args);
  /** Ends an agent with its executions, which would wait for the next agent of its directory otherwise. */
  const end = async (ending: AgentProcess, keyPrefix: string) => {
    await cliOf(keyPrefix, 'cancel', '--all');
    ending.kill('SIGTERM');
    await ending.ended;
  };

  return {
    url,
    client,
    faults,
    async openPage(options, origin = url) {
      const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.on('dialog', (dialog) => {
        faults.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
      page.on('console', (message) => {
        if (/Content Security Policy|Trusted/i.test(message.text())) faults.push(`policy: ${message.text()}`);
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(origin) && !request.url().startsWith('blob:'))
          faults.push(`request: ${request.url()}`);
      });
      return page;
    },
    run: async (script, more) => (await client.run(requestOf(script, more))).execution_id,
    start: (script, more) => client.submit(requestOf(script, more)),
    seed: {
      cloneExecution: (id, count) => cloneExecutions(connection, prefix, id, count),
      replaceLog: (id, lines) => replaceLog({ redis: connection, prefix, dataDir }, id, lines),
    },
    async openAgent(settings) {
      const ownPort = await findFreePort();
      const own = { PORT: String(ownPort), EXEC_KEY_PREFIX: `other-${ownPort}` };
      const ofOther = { ...env, ...own, EXEC_DATA_DIR: join(directory, `agent-${ownPort}`), ...settings };
      const other = startAgentProcess({ program: [program, 'serve'], env: ofOther });
      await other.ready;
      return {
        url: `http://127.0.0.1:${ownPort}`,
        port: ownPort,
        client: createHttpClient({ url: `http://127.0.0.1:${ownPort}` }),
        disguise: (id, as) => disguiseExecution(connection, own.EXEC_KEY_PREFIX, id, as),
        close: () => end(other, own.EXEC_KEY_PREFIX),
      };
    },
    async whileAgentIsAway(work) {
      agent.kill('SIGKILL');
      await agent.ended;
      try {
        await work();
      } finally {
        agent = await serve();
      }
    },
    async createToken(...args) {
      return /exa_\S+/.exec(await cli('token', 'create', ...args))?.[0] ?? '';
    },
    async revokeTokens() {
      const { tokens } = tokenListSchema.parse(JSON.parse(await cli('token', 'list', '--json')));
      for (const { id } of tokens) await cli('token', 'revoke', id);
    },
    async close() {
      await browser.close();
      await end(agent, prefix);
      connection.disconnect();
      await redis.stop();
    },
  };
}

async function findChromium(): Promise<string> {
  return (await runCommand('sh', '-c', 'command -v chromium-headless-shell || command -v chromium')).trim();
}
