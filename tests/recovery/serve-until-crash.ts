import { once } from 'node:events';
import { loadConfig } from '../../src/agent/config/load-config.ts';
import { openAgent } from '../../src/agent/open-agent.ts';
import { openParts } from '../../src/agent/runtime/open-parts.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { crashingRuntime, crashPoints, crashVariable } from './crash-points.ts';

// An agent like any other, until it comes to the point at which it is to die.

const { config } = await loadConfig({ env: process.env, cwd: process.cwd() });
const logger = await createLogger({ level: config.logLevel, pretty: false, destination: process.stderr });
const crashAt = crashPoints.find((point) => point === process.env[crashVariable]);

const agent = await openAgent(config, { logger, searchPath: process.env.PATH ?? '' }, async (...from) => {
  const parts = await openParts(...from);
  if (crashAt === undefined) return parts;
  // By default, the first container of an agent does not wait for its command.
  const { warmContainers } = config;
  const onlyWaited = typeof warmContainers === 'number' && warmContainers > 0;
  const runtime = crashingRuntime(parts.choice.runtime, crashAt, onlyWaited);
  return { ...parts, choice: { ...parts.choice, runtime } };
});
await once(process, 'SIGTERM');
await agent.stop();
