import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openFuzzWorld } from '../agent/open-fuzz-world.ts';
import { preparedBeside, worstBehaviours } from '../agent/worst-behaviours.ts';
import { loopWorkBoundMs } from '../loop-bound.ts';
import { openWorstMessages } from './send-over-redis.ts';
import { registryAnswers, startWorstRegistry } from './start-worst-registry.ts';
import { patternRequests, worstPolicy } from './worst-patterns.ts';

const MiB = 1024 ** 2;
const waitSeconds = 60;
const triesMax = 3;
const executionSchema = z.object({
  execution_id: z.string(),
  state: z.string(),
  response: z.object({ error_code: z.string().optional() }).optional(),
});

/** Requests as large as they may be, by what is large in them. */
const worstRequests: Readonly<Record<string, () => string>> = {
  'request-numbers': () => `{${container('plain')},"input":{"config_data":{"a":[${'1.0,'.repeat(2 * MiB - 100)}1]}}}`,
  'request-files': () => {
    const files = Array.from({ length: 10_000 }, (_, index) => ({ name: `${index}`, content: 'x'.repeat(700) }));
    return `{${container('plain')},"input":{"files":${JSON.stringify(files)}}}`;
  },
  'request-graph': () => {
    const node = '{"id":1,"labels":["A"]}';
    const nodes = Array.from({ length: Math.floor((8 * MiB - 200) / (node.length + 1)) }, () => node);
    return `{${container('plain')},"input":{"graph_data":{"nodes":[${nodes.join(',')}],"relationships":[]}}}`;
  },
};

interface MeasureOptions {
  readonly directory: string;
  /** Gets progress, a line each. */
  readonly tell: (line: string) => void;
  /** Absent: all. */
  readonly only?: readonly string[] | undefined;
}

/** In milliseconds. */
export interface Held {
  /** How long the event loop stood still, without waiting for a processor. */
  readonly stoodStill: number;
  /** How long its thread worked between two turns. */
  readonly worked: number;
}

/**
 * How long the event loop of an agent with default limits is held by each of the worst inputs while nothing else is under
 * way: the request, its execution, and reading the result and the request.
 */
export async function measureOneByOne(options: MeasureOptions): Promise<Readonly<Record<string, Held>>> {
  const { directory, tell, only } = options;
  const policyFile = join(directory, 'policy.yaml');
  await writeFile(policyFile, JSON.stringify(worstPolicy));
  const registry = await startWorstRegistry();
  const watch = {
    onEnd: (how: number | string) => tell(`the agent ended with ${how}`),
    onDelay: () => undefined,
    onError: (line: string) => tell(`agent: ${line.slice(0, 600)}`),
  };
  const defaults = { messageBytes: '8m', logBytes: '64m', logKeepBytes: '1m', policyFile, minFreeDisk: '1m' };
  const world = await openFuzzWorld(join(directory, 'one-by-one'), watch, defaults);
  const messages = await openWorstMessages(world.config);
  const measure = async (name: string, send: () => Promise<string>): Promise<Held> => {
    const prepared = join(preparedBeside(world.config.dataDir), name);
    await mkdir(prepared, { recursive: true });
    await worstBehaviours[name]?.write?.(prepared);
    await world.measure();
    const state = await send();
    const { delayMaxMs, workMaxMs } = await world.measure();
    await rm(prepared, { recursive: true });
    const held = { stoodStill: Math.round(delayMaxMs), worked: Math.round(workMaxMs) };
    tell(`${name}: ${state}, the event loop stood still for ${held.stoodStill} ms, worked for ${held.worked} ms`);
    return held;
  };
  /** The shortest of a few: caches and garbage that are not its own make an input look slow once. */
  const measureAgain = async (name: string, send: () => Promise<string>): Promise<Held> => {
    let best = await measure(name, send);
    for (let left = triesMax - 1; best.worked > loopWorkBoundMs && left > 0; left -= 1) {
      const next = await measure(name, send);
      if (next.worked < best.worked) best = next;
    }
    return best;
  };
  try {
    const requests = {
      plain: small,
      ...Object.fromEntries(Object.keys(worstBehaviours).map(outputsOf)),
      ...worstRequests,
      ...Object.fromEntries(
        Object.entries(patternRequests).map(([name, request]) => [name, () => JSON.stringify(request)] as const),
      ),
      ...Object.fromEntries(
        registryAnswers.map((name) => [`registry-${name}`, () => fromRegistry(registry.address, name)] as const),
      ),
    };
    // The first executions load what is loaded when it is needed, start the threads, and have code compiled.
    for (const warmUp of [small(), outputsOf('contents')[1](), small()])
      await measure('contents', () => run(world.url(), warmUp));
    const inputs = {
      ...messages.sends,
      ...Object.fromEntries(
        Object.entries(requests).map(([name, request]) => [name, () => run(world.url(), request())] as const),
      ),
    };
    const held: Record<string, Held> = {};
    for (const [name, send] of Object.entries(inputs))
      if (only === undefined || only.includes(name)) held[name] = await measureAgain(name, send);
    return held;
  } finally {
    messages.close();
    await world.close();
    registry.close();
  }
}

/** Runs the request, and reads all that can be read of it. */
async function run(url: string, request: string): Promise<string> {
  const post = (path: string, body?: string) =>
    fetch(`${url}${path}?wait=${waitSeconds}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
  const response = await post('/v1/executions', request);
  const text = await response.text();
  if (!response.ok) return `${response.status} ${text.slice(0, 200)}`;
  const { execution_id: id, state, response: end } = executionSchema.parse(JSON.parse(text));
  for (const path of ['', '/request', '/files', '/logs'])
    await (await fetch(`${url}/v1/executions/${id}${path}`)).text();
  await (await post(`/v1/executions/${id}/rerun`)).text();
  return end?.error_code ?? state;
}

function container(image: string): string {
  return `"container":{"image":"worst/${image}:1"}`;
}

const fromRegistry = (address: string, name: string) => `{"container":{"image":"${address}/${name}:1"}}`;

const small = () => `{${container('plain')}}`;

function outputsOf(image: string) {
  const output =
    '"output":{"graph_update":"optional","expected_files":[{"path":"**","optional":true}],"return_logs":true}';
  return [image, () => `{${container(image)},"secrets":["FUZZ"],${output}}`] as const;
}
