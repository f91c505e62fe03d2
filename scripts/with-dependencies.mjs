import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { checkNodeVersion } from './steps/check-node-version.mjs';

// What `npm run demo|test|check|bench|test:…` call: it works from a fresh clone, and stdout belongs to the task alone.

chdir(fileURLToPath(new URL('..', import.meta.url)));
checkNodeVersion();

/** @type {Readonly<Record<string, () => Promise<{ run: (args: string[]) => Promise<number> }>>>} */
const tasks = {
  demo: () => import('./tasks/demo.mjs'),
  check: () => import('./tasks/check.mjs'),
  test: () => import('./tasks/test.mjs'),
  bench: () => import('./tasks/bench.mjs'),
  soak: () => import('./tasks/soak.mjs'),
  faults: () => import('./tasks/faults.mjs'),
  fuzz: () => import('./tasks/fuzz.mjs'),
  hostile: () => import('./tasks/hostile.mjs'),
  browser: () => import('./tasks/browser.mjs'),
  kubernetes: () => import('./tasks/kubernetes.mjs'),
  adapters: () => import('./tasks/adapters.mjs'),
  python: () => import('./tasks/python.mjs'),
  ship: () => import('./tasks/ship.mjs'),
  simulate: () => import('./tasks/simulate.mjs'),
  tes: () => import('./tasks/tes.mjs'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = tasks[name];
if (load === undefined) {
  console.error(`There is no task "${name}". Tasks: ${Object.keys(tasks).join(', ')}.`);
  process.exitCode = 2;
} else {
  const { installDependencies } = await import('./steps/install-dependencies.mjs');
  const installed = await installDependencies();
  process.exitCode = installed === 0 ? await (await load()).run(args) : installed;
}
