import { messageOf } from '../../src/support/exec-error.ts';
import type { BrowserWorld } from './open-browser-world.ts';

export type { BrowserWorld } from './open-browser-world.ts';

/** What the cases measured. */
export type Figures = Record<string, number>;

export interface BrowserCase {
  readonly name: string;
  readonly run: (world: BrowserWorld, figures: Figures) => Promise<void>;
}

/** Runs the cases one after the other. A fault on any page fails the case in which it was seen. */
export async function runCases(
  cases: readonly BrowserCase[],
  world: BrowserWorld,
  tell: (line: string) => void,
): Promise<Figures & { passed: number; failed: number }> {
  const figures: Figures = {};
  let [passed, failed] = [0, 0];
  for (const { name, run } of cases) {
    const problem = await run(world, figures).then(
      () => (world.faults.length === 0 ? undefined : world.faults.join('\n')),
      (error: unknown) => [messageOf(error), lineOf(error), ...world.faults].join('\n'),
    );
    world.faults.length = 0;
    if (problem === undefined) passed += 1;
    else failed += 1;
    tell(problem === undefined ? `ok      ${name}` : `FAILED  ${name}\n${problem}`);
  }
  return { passed, failed, ...figures };
}

/** Where in the case it failed. */
function lineOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return (
    stack
      .split('\n')
      .find((line) => line.includes('/browser/cases/'))
      ?.trim() ?? ''
  );
}
