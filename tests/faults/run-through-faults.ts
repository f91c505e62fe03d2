import type { Fault, FaultWorld } from './fault-world.ts';
import { judge, type Verdict } from './judge.ts';
import { createSender, type Sender } from './send-requests.ts';
import { type AnswerWatch, watchAnswers } from './watch-answers.ts';

interface Options {
  /** How many requests at least. */
  readonly wanted: number;
  /** How long it may take until all have an answer. */
  readonly withinMs: number;
  /** Progress, a line each. */
  readonly tell: (line: string) => void;
}

interface Traffic extends Pick<Options, 'wanted' | 'withinMs'> {
  readonly sender: Sender;
  readonly watch: AnswerWatch;
}

/** How often a kind of fault was done, and how many executions it met. */
type Tally = Record<string, { times: number; met: number }>;

/** Sends requests while things break, until all have been answered; then looks what came of it. */
export async function runThroughFaults(world: FaultWorld, { wanted, withinMs, tell }: Options) {
  const watch = await watchAnswers(world.config);
  const sender = createSender(world.config, world.kinds, watch);
  try {
    tell(`${world.agents} serve; at least ${wanted} requests, ${world.faults.length} faults`);
    const { kills, tally } = await strikeInTurn(world.faults, { sender, watch, wanted, withinMs }, tell);
    const verdict = await judge(sender.requests, watch, world);
    const executions = new Set([...(await watch.executions()).values()].flat().map(({ id }) => id));
    const left = await world.findLeftovers();
    const ends = await world.stopAgents();
    const remains = await world.findRemains();
    await world.close();
    const traces = await world.findTraces(executions);
    const leftovers = [...new Set([...left, ...remains]), ...ends, ...traces];
    tellVerdict(verdict, leftovers, tell);
    const figures = {
      requests: sender.requests.length,
      results: verdict.results,
      lost: verdict.lost.length + Math.max(0, verdict.undone.length - world.undoneMost),
      conflicting: verdict.conflicting.length,
      double_runs: verdict.doubleRuns.length,
      leftovers: leftovers.length,
      /** Ended by a fault; their responses report it, and they did not run again. */
      undone: verdict.undone.length,
      reattached: watch.reattached(),
      kills,
      faults: tally,
    };
    const bad = figures.lost + figures.conflicting + figures.double_runs + figures.leftovers;
    const missing = world.faults.filter(({ name }) => !(Number(tally[name]?.met) > 0));
    for (const { name } of missing) tell(`met no execution: ${name}`);
    const isWhole = figures.reattached > 0 && figures.results === figures.requests && missing.length === 0;
    return { figures, ok: bad === 0 && isWhole };
  } finally {
    sender.close();
    watch.close();
    await world.close();
  }
}

/** Lets the next thing break whenever so many more requests have been answered. */
async function strikeInTurn(
  faults: readonly Fault[],
  { sender, watch, wanted, withinMs }: Traffic,
  tell: Options['tell'],
): Promise<{ readonly kills: number; readonly tally: Tally }> {
  const tally: Tally = {};
  const end = performance.now() + withinMs;
  const step = wanted / (faults.length + 1);
  let [struck, kills, isStriking] = [0, 0, false];
  let failure: unknown;
  const strike = async ({ name, strike: strikeIt, kills: some }: Fault) => {
    isStriking = true;
    tell(`${watch.answered.size} of ${sender.requests.length} answered, ${watch.reattached()} re-attached: ${name}`);
    const met = await strikeIt();
    const { times, met: before } = tally[name] ?? { times: 0, met: 0 };
    tally[name] = { times: times + 1, met: before + met.length };
    tell(`over, ${met.length} executions met: ${name}`);
    kills += some;
    struck += 1;
    isStriking = false;
  };
  while (performance.now() < end && failure === undefined) {
    await watch.read();
    const next = faults[struck];
    if (next === undefined && sender.requests.length >= wanted && watch.answered.size >= sender.requests.length)
      return { kills, tally };
    if (next !== undefined && !isStriking && watch.answered.size >= step * (struck + 1))
      strike(next).catch((error: unknown) => {
        failure = error;
      });
    if (next !== undefined || sender.requests.length < wanted) await sender.fill();
    await sender.cancel();
  }
  if (failure !== undefined) throw failure;
  tell(`given up after ${withinMs / 1000} s`);
  return { kills, tally };
}

function tellVerdict(verdict: Verdict, leftovers: readonly string[], tell: Options['tell']): void {
  const lists = {
    lost: verdict.lost,
    conflicting: verdict.conflicting,
    'double runs': verdict.doubleRuns,
    leftovers,
    'undone by a fault': verdict.undone,
  };
  for (const [name, entries] of Object.entries(lists)) {
    if (entries.length === 0) continue;
    tell(`${name}: ${entries.length}`);
    for (const entry of entries.slice(0, 20)) tell(`  ${entry}`);
  }
}
