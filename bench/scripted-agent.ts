import { once } from 'node:events';
import { loadConfig } from '../src/agent/config/load-config.ts';
import { openAgent } from '../src/agent/open-agent.ts';
import { keepHeapSmall, letNewSpaceGrow } from '../src/support/processes/keep-heap-small.ts';
import { createLogger } from '../src/telemetry/log.ts';
import { scriptedParts } from '../tests/agent/scripted-parts.ts';

// An agent whose containers end as soon as they start, and which says when that was: all that remains is the queue.

keepHeapSmall();
const { config } = await loadConfig({ env: process.env, cwd: process.cwd() });
const logger = await createLogger({ level: config.logLevel, pretty: false, destination: process.stderr });
const onStart = () => process.stderr.write(`started ${performance.timeOrigin + performance.now()}\n`);

const agent = await openAgent(config, { logger }, scriptedParts({ onStart }));
letNewSpaceGrow();
await once(process, 'SIGTERM');
await agent.stop();
