import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRedisClient, type ExecutionRequest } from '../src/client/index.ts';
import { startBenchParts } from './bench-parts.ts';
import { findTracesOf } from './find-traces-of.ts';
import { type ServedAgent, serveAgent } from './serve-agent.ts';
import { round, summarise } from './summarise.ts';

// Many executions by one agent: what it holds must not grow, and nothing may be left of them.

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    executions: { type: 'string' },
    runtime: { type: 'string', default: 'oci' },
    cold: { type: 'boolean', default: false },
  },
});
const quickExecutions = 1000;
const usualExecutions = 10_000;
const executions = Number(values.executions ?? (values.quick ? quickExecutions : usualExecutions));
const lots = 20;
if (!Number.isInteger(executions / lots) || executions <= 0)
  throw new Error(`--executions has to be a multiple of ${lots}.`);

// Two at once for each of the agent's places, so that there is always one that waits.
const atOnce = 8;
// An agent takes its full size in the first lots.
const warmLots = lots / 4;
const maxGrowth = 0.05;
// Launchers that are being made ready when one looks.
const maxMoreDescriptors = 8;

const request: ExecutionRequest = { container: { image: 'alpine:latest', command: ['true'] }, input: {}, output: {} };
const tell = (line: string) => process.stderr.write(`${line}\n`);

interface Lot {
  readonly p50Ms: number;
  readonly perSecond: number;
  readonly residentMb: number;
  readonly descriptors: number;
}

const parts = await startBenchParts(tell);
try {
  const variables = {
    ...parts.agentVariables('soak'),
    EXEC_RUNTIME: values.runtime,
    ...(values.cold && { EXEC_WARM_CONTAINERS: '0' }),
  };
  const agent = await serveAgent(variables);
  const ids = new Set<string>();
  const measured: Lot[] = [];
  try {
    const client = await createRedisClient({
      url: parts.redisUrl,
      requestChannel: variables.EXEC_REQUEST_CHANNEL,
      responseChannel: variables.EXEC_RESPONSE_CHANNEL,
    });
    const runOne = async () => {
      const response = await client.run(request);
      if (!response.success) throw new Error(`${response.execution_id}: ${response.error}`);
      ids.add(response.execution_id);
    };
    for (let n = 1; n <= lots; n++) {
      const lot = await runLot(runOne, agent);
      measured.push(lot);
      tell(`${(n * executions) / lots}: ${JSON.stringify(lot)}`);
    }
    await client.close();
  } finally {
    await agent.stop();
  }
  const work = join(variables.EXEC_DATA_DIR, 'work');
  const left = await findTracesOf(ids, { run: parts.run, directory: work, containers: parts.containers });
  const figures = {
    runtime: values.runtime,
    warm: !values.cold,
    executions,
    ...judge(measured),
    left_overs: left.length,
  };
  for (const trace of left) tell(`left over: ${trace}`);
  process.stdout.write(`${JSON.stringify(figures, undefined, values.json ? undefined : 2)}\n`);
  if (!figures.flat || left.length > 0) process.exitCode = 1;
} finally {
  await parts.stop();
}

async function runLot(runOne: () => Promise<void>, agent: ServedAgent): Promise<Lot> {
  const times: number[] = [];
  const begun = performance.now();
  let left = executions / lots;
  const work = async () => {
    while (left-- > 0) {
      const start = performance.now();
      await runOne();
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return {
    p50Ms: summarise(times).median,
    perSecond: round((times.length * 1000) / (performance.now() - begun)),
    residentMb: round(await agent.residentMb()),
    descriptors: await agent.descriptors(),
  };
}

/** Compares the last lots with as many after the warm ones. The time of an execution is reported, but it contains other work on the host. */
function judge(measured: readonly Lot[]) {
  const [early, late] = [measured.slice(warmLots, 2 * warmLots), measured.slice(-warmLots)];
  const grown = (of: (lot: Lot) => number) => {
    const [before, after] = [early, late].map((some) => summarise(some.map(of)).median);
    return { before: before ?? Number.NaN, after: after ?? Number.NaN };
  };
  const [memory, descriptors, p50] = [
    grown(({ residentMb }) => residentMb),
    grown((lot) => lot.descriptors),
    grown(({ p50Ms }) => p50Ms),
  ];
  const flat =
    memory.after <= memory.before * (1 + maxGrowth) && descriptors.after <= descriptors.before + maxMoreDescriptors;
  return {
    flat,
    resident_mb: memory,
    resident_growth: round(memory.after / memory.before - 1),
    descriptors,
    p50_ms: p50,
    per_second: summarise(measured.map(({ perSecond }) => perSecond)).median,
  };
}
