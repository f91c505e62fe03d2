import { createRedisClient, type ExecutionRequest } from '../../src/client/index.ts';
import { delay } from '../../src/support/time/deadline.ts';
import { becomesTrue } from '../../tests/parts/poll.ts';
import type { BenchSize } from '../bench-size.ts';
import { interleave, medianOf } from '../interleave.ts';
import { type BarePods, openBarePods } from '../kubernetes/open-bare-pods.ts';
import { type BenchCluster, benchNamespace, openBenchCluster } from '../kubernetes/open-bench-cluster.ts';
import { serveAgent } from '../serve-agent.ts';
import { round, summarise } from '../summarise.ts';

const image = 'docker.io/library/alpine:latest';
const request: ExecutionRequest = { container: { image: 'alpine:latest', command: ['true'] }, input: {}, output: {} };
const atOnce = 16;
const settleMs = 60_000;
/** What ran so often is made ahead. */
const usesBeforeWarm = 2;
const pauseMs = 300;
const never = new AbortController().signal;

/**
 * On a real cluster of one node that has the images: publishing a request until its response is there over a bare pod from its
 * POST until a watch shows its end, one at a time and 16 at once; the requests that the agent makes to the API server for one
 * execution, by the server's own count; and the memory of keep while a command runs. Then, with one pod that waits for its
 * execution, the same time and count.
 */
export async function measureKubernetes(size: BenchSize, tell: (line: string) => void) {
  const bench = await openBenchCluster(tell);
  const closers: (() => unknown)[] = [bench.stop];
  try {
    return await measureOn(bench, size, closers);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** @param closers gets what is to be closed at the end, the last one first */
async function measureOn(bench: BenchCluster, size: BenchSize, closers: (() => unknown)[]) {
  const { variables, cluster } = bench;
  const bare = await openBarePods(cluster, image);
  closers.push(bare.close);
  const agent = await serveAgent({ ...variables, EXEC_CONCURRENCY: String(atOnce), EXEC_WARM_CONTAINERS: '0' });
  closers.push(() => agent.stop());
  const run = await openClient(variables, closers);
  const settle = () => podsAreGone(bench, bare);
  const rounds = { full: 30, quick: 8, smoke: 1 }[size];
  const timed = await interleave(
    [
      { name: 'agent', before: settle, run: () => run() },
      { name: 'bare pod', before: settle, run: bare.run },
    ],
    { rounds, warmups: 2, pauseMs },
  );
  const before = await bench.apiCalls();
  await settle();
  const many = await measureMany({ run: () => run(), bare, settle }, { full: 5, quick: 2, smoke: 1 }[size]);
  await settle();
  const calls = ((await bench.apiCalls()) - before) / many.executions;
  return {
    kubernetes_cold_ratio: round(medianOf(timed, 'agent') / medianOf(timed, 'bare pod')),
    kubernetes_throughput_ratio: round(many.agent.median / many.bare.median),
    kubernetes_api_calls: round(calls),
    keep_rss_mb: round(await measureKeep(bench, run)),
    ...(await measureWarm(bench, { bare, rounds }, closers)),
    kubernetes_ms: Object.fromEntries(timed.map(({ name, summary }) => [name, summary])),
    kubernetes_per_s: { agent: many.agent, 'bare pod': many.bare },
  };
}

async function openClient(variables: BenchCluster['variables'], closers: (() => unknown)[]) {
  const client = await createRedisClient({
    url: variables.REDIS_URL,
    requestChannel: variables.EXEC_REQUEST_CHANNEL,
    responseChannel: variables.EXEC_RESPONSE_CHANNEL,
  });
  closers.push(() => client.close());
  return async (what = request) => {
    const response = await client.run(what);
    if (!response.success) throw new Error(`the agent: ${response.error}`);
  };
}

/** With an agent of another deployment that keeps one pod waiting, whose replacement is made before the next run. */
async function measureWarm(
  bench: BenchCluster,
  { bare, rounds }: { readonly bare: BarePods; readonly rounds: number },
  closers: (() => unknown)[],
) {
  const variables = {
    ...bench.variables,
    EXEC_KEY_PREFIX: 'bench-warm',
    EXEC_REQUEST_CHANNEL: 'bench-warm-requests',
    EXEC_RESPONSE_CHANNEL: 'bench-warm-responses',
    EXEC_DATA_DIR: `${bench.variables.EXEC_DATA_DIR}-warm`,
    EXEC_WARM_CONTAINERS: '1',
    // No sweep is counted as a request of an execution.
    EXEC_LEASE: '3600',
  };
  const agent = await serveAgent(variables);
  closers.push(() => agent.stop());
  const run = await openClient(variables, closers);
  for (let use = 0; use < usesBeforeWarm; use += 1) await run();
  const settle = () => onePodWaits(bench, bare);
  await settle();
  const before = await bench.apiCalls();
  const timed = await interleave(
    [
      { name: 'agent, warm', before: settle, run: () => run() },
      { name: 'bare pod', before: settle, run: bare.run },
    ],
    { rounds, warmups: 1, pauseMs },
  );
  await settle();
  return {
    kubernetes_warm_ratio: round(medianOf(timed, 'agent, warm') / medianOf(timed, 'bare pod')),
    kubernetes_warm_api_calls: round(((await bench.apiCalls()) - before) / (rounds + 1)),
    kubernetes_warm_ms: Object.fromEntries(timed.map(({ name, summary }) => [name, summary])),
  };
}

interface Many {
  readonly run: () => Promise<void>;
  readonly bare: BarePods;
  readonly settle: () => Promise<void>;
}

/** How many a second end when 16 are wanted at once. */
async function measureMany({ run, bare, settle }: Many, lots: number) {
  const [agents, bares]: [number[], number[]] = [[], []];
  for (let lot = 0; lot < lots; lot++) {
    for (const [rates, one] of [
      [agents, run],
      [bares, bare.run],
    ] as const) {
      await settle();
      const begun = performance.now();
      await Promise.all(Array.from({ length: atOnce }, one));
      rates.push((atOnce * 1000) / (performance.now() - begun));
    }
  }
  return { agent: summarise(agents), bare: summarise(bares), executions: lots * atOnce };
}

/** What is still being removed takes time from what is measured next. */
async function podsAreGone({ cluster }: BenchCluster, bare: BarePods): Promise<void> {
  await bare.clear();
  const none = async () => (await cluster.kubectl(['-n', benchNamespace, 'get', 'pods', '-o', 'name'])) === '';
  if (!(await becomesTrue(none, settleMs))) throw new Error('pods are still there');
}

/** Of pods that were made ahead there is one, with all its containers, and there are no others. */
async function onePodWaits({ cluster }: BenchCluster, bare: BarePods): Promise<void> {
  await bare.clear();
  const pods = async (...filter: readonly string[]) =>
    cluster.kubectl(['-n', benchNamespace, 'get', 'pods', '-o', 'jsonpath={.items[*].status.phase}', ...filter]);
  const isReady = async () =>
    (await pods('-l', 'exec-agent/waiting=true')) === 'Running' && (await pods()) === 'Running';
  if (!(await becomesTrue(isReady, settleMs))) throw new Error('no pod waits for an execution');
}

/** Resident memory of keep while a command runs that has written output, in MB (10^6 bytes). */
async function measureKeep({ cluster }: BenchCluster, run: (what: ExecutionRequest) => Promise<void>): Promise<number> {
  const command = ['sh', '-c', 'seq 1 200000; sleep 5'];
  const running = run({ container: { image: 'alpine:latest', command }, input: {}, output: {} });
  let kilobytes = 0;
  const look = async () => {
    const script =
      'for pid in $(pgrep --full "^/bin/node /keep.mjs keep"); do grep VmRSS /proc/$pid/status; done; true';
    const found = /VmRSS:\s+(\d+) kB/.exec(await cluster.onNode('sh', '-c', script));
    kilobytes = Math.max(kilobytes, Number(found?.[1] ?? 0));
  };
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      await look();
      await delay(200, never);
    }
  })();
  // Both are awaited at once, since either may fail first.
  await Promise.all([running.finally(() => watching.abort()), watch]);
  if (kilobytes === 0) throw new Error('keep was not found on the node');
  return (kilobytes * 1024) / 1e6;
}
