import { once } from 'node:events';
import { join } from 'node:path';
import { loadConfig } from '../../src/agent/config/load-config.ts';
import { openAgent } from '../../src/agent/open-agent.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { scriptedParts } from '../../tests/agent/scripted-parts.ts';

// Several agents whose containers end at once, in one process. Argument: their number.

const { config } = await loadConfig({ env: process.env, cwd: process.cwd() });
const logger = await createLogger({ level: 'warn', pretty: false, destination: process.stderr });
const output = [{ stream: 'stdout', text: 'done\n' }] as const;
const number = Number(process.argv[2]);
const agents = await Promise.all(
  Array.from({ length: number }, (_, at) =>
    openAgent({ ...config, dataDir: join(config.dataDir, String(at)) }, { logger }, scriptedParts({ output })),
  ),
);
process.stderr.write('ready for requests\n');
await once(process, 'SIGTERM');
await Promise.all(agents.map((agent) => agent.stop()));
