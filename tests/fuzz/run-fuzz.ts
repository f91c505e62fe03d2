import { readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { delay } from '../../src/support/time/deadline.ts';
import { createDice } from '../http/malformed-requests.ts';
import { openFuzzWorld } from './agent/open-fuzz-world.ts';
import { findKeysLeft } from './find-keys-left.ts';
import { judgeMemory } from './judge-memory.ts';
import { loopBoundMs } from './loop-bound.ts';
import { followEvents, makeNoise } from './request/make-noise.ts';
import { createRequestMaker, type FuzzRequest, fuzzedSchema } from './request/make-request.ts';
import { requestSchemaSchema } from './request/node-from-schema.ts';
import { createSender } from './send-request.ts';
import { type Settled, settleRequest } from './settle-request.ts';
import type { Suspicion, Trial } from './suspicion.ts';
import { watchResponses } from './watch-responses.ts';

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** For Redis, the agent and its data; removed by the caller. */
  readonly directory: string;
  /** Gets progress, a line each. */
  readonly tell: (line: string) => void;
  /** Gets each request that failed, or those under way when something did; it may try them again. */
  readonly onFailures: (suspicions: readonly Suspicion[], trial: Trial) => Promise<void>;
}

const lots = 20;
const atOnce = 24;
// Of a busy disk and processor: what is never answered is missing after any time.
const patienceMs = 60_000;
const trialMs = 4000;
const endSeenMs = 500;
// After so many failures the rest would tell nothing new.
const mostFailures = 25;
// A message on another channel comes with one request in this many.
const noiseOdds = 50;

/** Sends requests made from the schema until all have been answered; then looks what came of it. */
export async function runFuzz({ requests, seed, directory, tell, onFailures }: FuzzOptions) {
  const schema = requestSchemaSchema.parse(JSON.parse(await readFile('schema/request.schema.json', 'utf8')));
  const underWay = new Set<FuzzRequest>();
  const suspicions: Suspicion[] = [];
  let [trouble, errors]: [string | undefined, number] = [undefined, 0];
  const suspect = (why: string) => {
    trouble = why;
    tell(why);
    suspicions.push({ why, requests: [...underWay] });
  };
  const world = await openFuzzWorld(directory, {
    onEnd: (how, lines) => suspect(`the agent ended with ${how}: ${lines.slice(-8).join(' | ').slice(-2000)}`),
    onDelay: ({ ms, withWaitMs, processorMs }) =>
      suspect(
        `the event loop stood still for ${Math.round(ms)} ms (${Math.round(withWaitMs)} ms with waiting, ${Math.round(processorMs)} ms of work)`,
      ),
    onError: (line) => {
      errors += 1;
      if (errors <= 20) tell(`agent: ${line.slice(0, 600)}`);
    },
  });
  const redis = new Redis(world.config.redisUrl ?? '');
  const watch = await watchResponses(world.config);
  const sender = createSender({ redis, config: world.config, url: world.url });
  const ending = new AbortController();
  const following = followEvents(world.url, ending.signal);
  const { responseChannel, messageBytes: maxBytes } = world.config;
  const maker = createRequestMaker(fuzzedSchema(schema), seed, { responseChannel, maxBytes });
  const noise = createDice(seed);
  const outcomes = new Map<string, number>();
  let [sent, unanswered] = [0, 0];
  // A response without an id is for the one request without an id that is under way.
  let withoutId: Promise<unknown> = Promise.resolve();

  const settle = async (request: FuzzRequest, ms: number): Promise<Settled> => {
    underWay.add(request);
    try {
      await world.serving();
      return await settleRequest(request, { sender, watch, patienceMs: ms });
    } finally {
      underWay.delete(request);
    }
  };
  const settleInTurn = (request: FuzzRequest, ms: number): Promise<Settled> => {
    if (request.id !== undefined) return settle(request, ms);
    const settled = withoutId.then(() => settle(request, ms));
    withoutId = settled.catch(() => undefined);
    return settled;
  };
  const note = async (request: FuzzRequest, settled: Settled, restartsBefore: number) => {
    if ('ended' in settled) outcomes.set(settled.ended, (outcomes.get(settled.ended) ?? 0) + 1);
    else {
      unanswered += 1;
      // With an agent that ends, all that it was working on fails: its end is what is wrong.
      await delay(endSeenMs);
      if (world.restarts() > restartsBefore) return;
      suspicions.push({ why: settled.wrong, requests: [request] });
      tell(`request ${request.number} over ${request.way}: ${settled.wrong}`);
    }
  };
  const work = async (end: number) => {
    while (sent < end && suspicions.length < mostFailures) {
      const request = maker.make(sent++);
      if (noise(noiseOdds) === 0) await makeNoise(redis, world.config, noise);
      const before = world.restarts();
      await note(request, await settleInTurn(request, patienceMs), before);
    }
  };
  const trial: Trial = async (request) => {
    trouble = undefined;
    const settled = await settleInTurn(request, trialMs);
    return trouble ?? ('wrong' in settled ? settled.wrong : undefined);
  };

  try {
    const sizes: number[] = [];
    let longest = { ms: 0, withWaitMs: 0 };
    for (let lot = 1; lot <= lots && suspicions.length < mostFailures; lot++) {
      await Promise.all(Array.from({ length: atOnce }, () => work(Math.round((requests * lot) / lots))));
      await world.serving();
      const { residentMb, heapMb, delayMaxMs, delayMaxWithWaitMs } = await world.measure();
      sizes.push(residentMb);
      longest = {
        ms: Math.max(longest.ms, delayMaxMs),
        withWaitMs: Math.max(longest.withWaitMs, delayMaxWithWaitMs),
      };
      tell(
        `${sent} sent, ${suspicions.length} failures; ${Math.round(residentMb)} MB, heap ${Math.round(heapMb)} MB, loop ${Math.round(longest.ms)} ms`,
      );
    }
    ending.abort();
    const [complaints, restarts, failures] = [[...watch.complaints], world.restarts(), [...suspicions]];
    if (failures.length > 0) await onFailures(failures, trial);
    tell(`ended: ${JSON.stringify(Object.fromEntries([...outcomes].sort(([, a], [, b]) => b - a)))}`);
    for (const complaint of complaints.slice(0, 10)) tell(complaint);
    tell('Waiting for what is kept for a while to go');
    // After a failure the keys are not looked at: the trials leave some of their own.
    const left = failures.length > 0 ? undefined : await findKeysLeft(redis, world.config);
    for (const key of left?.slice(0, 20) ?? []) tell(`left in Redis: ${key}`);
    const memory = judgeMemory(sizes);
    const figures = {
      requests: sent,
      answered: sent - unanswered,
      unanswered,
      wrong_responses: complaints.length,
      loop_delay_max_ms: Math.round(longest.ms),
      loop_delay_with_cpu_wait_ms: Math.round(longest.withWaitMs),
      rss_mb: memory.figures,
      keys_left: left?.length ?? null,
      restarts,
      logged_errors: errors,
      seed,
    };
    const isWhole = sent === requests && unanswered + complaints.length + (left?.length ?? 1) + restarts === 0;
    return { figures, ok: isWhole && memory.flat && longest.ms <= loopBoundMs && failures.length === 0 };
  } finally {
    ending.abort();
    watch.close();
    sender.close();
    await world.close();
    redis.disconnect();
    await following;
  }
}
