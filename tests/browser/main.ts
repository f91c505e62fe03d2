import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { messageOf } from '../../src/support/exec-error.ts';
import { beginTestRun } from '../parts/run/begin-test-run.ts';
import { findMissingParts } from '../parts/test-parts.ts';
import { belowAPath } from './cases/below-a-path.ts';
import { findExecutions } from './cases/find-executions.ts';
import { followAndCancel } from './cases/follow-and-cancel.ts';
import { hostileContent } from './cases/hostile-content.ts';
import { keyboard } from './cases/keyboard.ts';
import { linksAndViews } from './cases/links-and-views.ts';
import { login } from './cases/login.ts';
import { longThings } from './cases/long-things.ts';
import { look, picturesVariable } from './cases/look.ts';
import { readmePicture } from './cases/readme-picture.ts';
import { states } from './cases/states.ts';
import { tabsAndTimes } from './cases/tabs-and-times.ts';
import { wholeLogs } from './cases/whole-logs.ts';
import { findMissedGoals } from './goals.ts';
import { openBrowserWorld } from './open-browser-world.ts';
import { runCases } from './run-cases.ts';

// Drives the dashboard of a real agent with Chromium. --pictures DIR keeps a picture of every page; --quick leaves out what
// takes very long lists and logs.

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    pictures: { type: 'string' },
    only: { type: 'string' },
  },
});

const run = beginTestRun();
if (values.pictures !== undefined) process.env[picturesVariable] = values.pictures;

const tell = (line: string) => process.stderr.write(`${line}\n`);

try {
  const missing = await findMissingParts(tell, ['redis', 'oci', 'browser']);
  for (const [part, reason] of missing) throw new Error(`${part}: ${reason}`);
  const world = await openBrowserWorld(run.directory);
  try {
    const all = [
      ...findExecutions,
      ...followAndCancel,
      ...hostileContent,
      ...linksAndViews,
      ...tabsAndTimes,
      ...wholeLogs,
      ...look,
      ...states,
      ...keyboard,
      ...belowAPath,
      ...(values.pictures === undefined ? [] : readmePicture),
      ...(values.quick ? [] : longThings),
      ...login,
    ];
    const cases = all.filter(({ name }) => values.only === undefined || name.includes(values.only));
    const figures = { ...(await runCases(cases, world, tell)), first_load_kb: await measureFirstLoad() };
    process.stdout.write(`${JSON.stringify(figures, undefined, values.json ? undefined : 2)}\n`);
    const missed = findMissedGoals(figures);
    for (const { line } of missed) tell(line);
    const isGood = figures.failed === 0 && figures.passed > 0 && !missed.some(({ fails }) => fails);
    process.exitCode = isGood ? 0 : 1;
  } finally {
    await world.close();
  }
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}

/** What the first page loads, in kB, compressed with gzip. */
async function measureFirstLoad(): Promise<number> {
  const directory = fileURLToPath(new URL('../../dist/ui', import.meta.url));
  const names = (await readdir(directory)).filter((name) => /\.(js|css|html)$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(join(directory, name))).length));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 100) / 10;
}
