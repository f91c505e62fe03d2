import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openFuzzWorld } from './agent/open-fuzz-world.ts';
import { worstBehaviours } from './agent/worst-behaviours.ts';

const MiB = 1024 ** 2;
const waitSeconds = 60;
const executionSchema = z.object({ execution_id: z.string(), state: z.string() });

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
}

/**
 * How long the event loop of an agent with default limits stands still for each of the worst inputs, in milliseconds, while
 * nothing else is under way: the request, its execution, and reading the result and the request.
 */
export async function measureOneByOne({ directory, tell }: MeasureOptions): Promise<Readonly<Record<string, number>>> {
  const policyFile = join(directory, 'policy.yaml');
  await writeFile(policyFile, 'secrets: [FUZZ]\n');
  const watch = {
    onEnd: (how: number | string) => tell(`the agent ended with ${how}`),
    onDelay: () => undefined,
    onError: (line: string) => tell(`agent: ${line.slice(0, 600)}`),
  };
  const defaults = { messageBytes: '8m', logBytes: '64m', logKeepBytes: '1m', policyFile, minFreeDisk: '1m' };
  const world = await openFuzzWorld(join(directory, 'one-by-one'), watch, defaults);
  try {
    const inputs = {
      plain: small,
      ...Object.fromEntries(Object.keys(worstBehaviours).map(outputsOf)),
      ...worstRequests,
    };
    const delays: Record<string, number> = {};
    // The first execution loads what is loaded when it is needed, and starts the threads.
    for (const [name, request] of [['warm-up', small] as const, ...Object.entries(inputs)]) {
      await world.measure();
      const state = await run(world.url(), request());
      const { delayMaxMs } = await world.measure();
      if (name !== 'warm-up') delays[name] = Math.round(delayMaxMs);
      tell(`${name}: ${state}, the event loop stood still for ${Math.round(delayMaxMs)} ms`);
    }
    return delays;
  } finally {
    await world.close();
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
  const { execution_id: id, state } = executionSchema.parse(JSON.parse(text));
  for (const path of ['', '/request', '/files', '/logs'])
    await (await fetch(`${url}/v1/executions/${id}${path}`)).text();
  await (await post(`/v1/executions/${id}/rerun`)).text();
  return state;
}

function container(image: string): string {
  return `"container":{"image":"worst/${image}:1"}`;
}

const small = () => `{${container('plain')}}`;

function outputsOf(image: string) {
  const output =
    '"output":{"graph_update":"optional","expected_files":[{"path":"**","optional":true}],"return_logs":true}';
  return [image, () => `{${container(image)},"secrets":["FUZZ"],${output}}`] as const;
}
