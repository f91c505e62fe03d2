import { executionCgroups } from '../parts/run/run-traces.ts';
import type { TestRun } from '../parts/run/test-run.ts';
import { findLeftovers, findOnMachine, findTraces } from './count-leftovers.ts';
import { type Fault, faultsOf } from './faults.ts';
import { judge, type Verdict } from './judge.ts';
import { concurrency, openWorld, type World } from './open-world.ts';
import { createSender, type Sender } from './send-requests.ts';
import { type AnswerWatch, watchAnswers } from './watch-answers.ts';

interface Options {
  readonly quick: boolean;
  /** Containers of the docker agent wait for their command. */
  readonly warm: boolean;
  /** Progress, a line each. */
  readonly tell: (line: string) => void;
}

interface Traffic {
  readonly sender: Sender;
  readonly watch: AnswerWatch;
  readonly wanted: number;
  readonly withinMs: number;
}

const sizes = {
  full: { wanted: 1000, withinMs: 15 * 60_000 },
  quick: { wanted: 60, withinMs: 4 * 60_000 },
};

/** Sends requests while things break, until all have been answered; then looks what came of it. */
export async function runThroughFaults(run: TestRun, { quick, warm, tell }: Options) {
  const { wanted, withinMs } = quick ? sizes.quick : sizes.full;
  const faults = faultsOf(quick);
  const cgroupsBefore = executionCgroups();
  const world = await openWorld(run, { warm, onLine: (line) => tellTrouble(line, tell) });
  const watch = await watchAnswers(world.config);
  const sender = createSender(world.config, watch);
  try {
    tell(`two agents serve; at least ${wanted} requests, ${faults.length} faults`);
    const kills = await strikeInTurn(faults, world, { sender, watch, wanted, withinMs }, tell);
    const verdict = await judge(sender.requests, watch, world.marks);
    const left = await findLeftovers(world, run);
    const ends = await world.stopAgents();
    const remains = await findOnMachine(world, 'agents have stopped');
    await world.close();
    const traces = await findTraces(run, cgroupsBefore);
    const leftovers = [...new Set([...left, ...remains]), ...ends, ...traces];
    tellVerdict(verdict, leftovers, tell);
    const undoable = faults.filter(({ engineUndoes }) => engineUndoes).length * concurrency.docker;
    const figures = {
      requests: sender.requests.length,
      results: verdict.results,
      // No more than the engine had under its hands when it was stopped.
      lost: verdict.lost.length + Math.max(0, verdict.undone.length - undoable),
      conflicting: verdict.conflicting.length,
      double_runs: verdict.doubleRuns.length,
      leftovers: leftovers.length,
      reattached: watch.reattached(),
      kills,
    };
    const bad = figures.lost + figures.conflicting + figures.double_runs + figures.leftovers;
    return { figures, ok: bad === 0 && figures.reattached > 0 && figures.results === figures.requests };
  } finally {
    sender.close();
    watch.close();
    await world.close();
  }
}

/** Lets the next thing break whenever so many more requests have been answered; returns how much was killed. */
async function strikeInTurn(
  faults: readonly Fault[],
  world: World,
  { sender, watch, wanted, withinMs }: Traffic,
  tell: Options['tell'],
): Promise<number> {
  const end = performance.now() + withinMs;
  const step = wanted / (faults.length + 1);
  let [struck, kills, isStriking] = [0, 0, false];
  let failure: unknown;
  const strike = async ({ name, strike: strikeIt, kills: some }: Fault) => {
    isStriking = true;
    tell(`${watch.answered.size} of ${sender.requests.length} answered, ${watch.reattached()} re-attached: ${name}`);
    await strikeIt(world);
    kills += some;
    struck += 1;
    isStriking = false;
  };
  while (performance.now() < end && failure === undefined) {
    await watch.read();
    const next = faults[struck];
    if (next === undefined && sender.requests.length >= wanted && watch.answered.size >= sender.requests.length)
      return kills;
    if (next !== undefined && !isStriking && watch.answered.size >= step * (struck + 1))
      strike(next).catch((error: unknown) => {
        failure = error;
      });
    if (next !== undefined || sender.requests.length < wanted) await sender.fill();
    await sender.cancel();
  }
  if (failure !== undefined) throw failure;
  tell(`given up after ${withinMs / 1000} s`);
  return kills;
}

/** What an agent says that it should not have to. */
function tellTrouble(line: string, tell: Options['tell']): void {
  if (!line.startsWith('{')) tell(line);
  else if (/"level":(50|60)/.test(line)) tell(`agent: ${line}`);
}

function tellVerdict(verdict: Verdict, leftovers: readonly string[], tell: Options['tell']): void {
  const lists = {
    lost: verdict.lost,
    conflicting: verdict.conflicting,
    'double runs': verdict.doubleRuns,
    leftovers,
    'undone by the engine': verdict.undone,
  };
  for (const [name, entries] of Object.entries(lists)) {
    if (entries.length === 0) continue;
    tell(`${name}: ${entries.length}`);
    for (const entry of entries.slice(0, 20)) tell(`  ${entry}`);
  }
}
