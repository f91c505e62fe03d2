import { once } from 'node:events';
import { loadConfig } from '../../../src/agent/config/load-config.ts';
import { openAgent } from '../../../src/agent/open-agent.ts';
import { keepHeapSmall, letNewSpaceGrow } from '../../../src/support/processes/keep-heap-small.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { loopBoundMs } from '../loop-bound.ts';
import { type LoopWatch, watchLoop } from '../watch-loop.ts';
import { writeAgentMessage } from './agent-messages.ts';
import { fuzzParts } from './directory-runtime.ts';

// An agent as it is, but for its containers; it also says how long its event loop stood still, and how large it is.

keepHeapSmall();
const { config } = await loadConfig({ env: process.env, cwd: process.cwd() });
const logger = await createLogger({ level: config.logLevel, pretty: false, destination: process.stderr });
let loop: LoopWatch | undefined;
// Before the agent says that it is ready: the signal would end the process.
process.on('SIGUSR2', () => {
  const { ms, withWaitMs, processorMs } = loop?.longest() ?? { ms: 0, withWaitMs: 0, processorMs: 0 };
  // It is asked for when nothing is under way, and its own time is not the agent's.
  globalThis.gc?.();
  loop?.skip();
  const { rss, heapUsed } = process.memoryUsage();
  const memory = { residentMb: rss / 1e6, heapMb: heapUsed / 1e6 };
  process.stderr.write(
    writeAgentMessage({
      kind: 'memory',
      ...memory,
      delayMaxMs: ms,
      delayMaxWithWaitMs: withWaitMs,
      workMaxMs: processorMs,
    }),
  );
});
const agent = await openAgent(config, { logger }, fuzzParts);
letNewSpaceGrow();
loop = watchLoop(loopBoundMs, (delay) => {
  process.stderr.write(writeAgentMessage({ kind: 'delay', ...delay }));
});

await once(process, 'SIGTERM');
await agent.stop();
