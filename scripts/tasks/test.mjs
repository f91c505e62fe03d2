import { buildWhenStale } from '../steps/build-when-stale.mjs';
import { addCounts, countsLine, countTests } from '../steps/count-tests.mjs';
import { binary, runChild } from '../steps/run-child.mjs';
import { checkAll } from './check.mjs';

/**
 * Everything; with the name of a test file or a part of it, those tests alone.
 * @param {string[]} args
 */
export async function run(args) {
  const isPart = args.some((arg) => !arg.startsWith('-'));
  const built = await buildWhenStale();
  const projects = isPart ? [] : ['--project', 'real*'];
  const said = sayLater();
  // The tests with real parts wait more than they compute, so the check takes its turn beside them.
  const checking = isPart
    ? Promise.resolve({ counts: { passed: 0, failed: built === 0 ? 0 : 1, skipped: 0 }, complaints: [] })
    : checkAll({ lanes: 1, tell: said.tell });
  // Vitest draws on the terminal while it runs. However it ends, nothing that the check has said is lost.
  const testing = countTests(
    (reporters) => runChild(binary('vitest'), ['run', ...projects, ...args, '--reporter=default', ...reporters]),
    (exitCode) => exitCode,
  ).finally(said.sayNow);
  await Promise.allSettled([checking, testing]);
  const [checked, tested] = await Promise.all([checking, testing]);
  const counts = addCounts([checked.counts, tested.counts]);
  // Last, so that nobody has to search a long log for them.
  for (const complaint of [...checked.complaints, ...tested.complaints]) console.log(complaint);
  console.log(countsLine(counts));
  return tested.result === 0 && counts.failed === 0 ? 0 : 1;
}

/** Keeps lines until it may say them, and says them at once from then on. */
function sayLater() {
  /** @type {string[]} */
  const kept = [];
  /** @param {string} line */
  const keep = (line) => kept.push(line);
  /** @type {(line: string) => void} */
  let say = keep;
  return {
    /** @param {string} line */
    tell: (line) => say(line),
    sayNow() {
      say = console.log;
      for (const line of kept.splice(0)) console.log(line);
    },
  };
}
