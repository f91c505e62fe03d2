import type { Figures } from './run-cases.ts';

interface Goal {
  readonly most: number;
  /** Whether a busy host can make the figure worse: then a figure that misses the goal fails nothing. */
  readonly dependsOnLoad: boolean;
}

const goals: Readonly<Record<string, Goal>> = {
  first_load_kb: { most: 60, dependsOnLoad: false },
  axe_violations: { most: 0, dependsOnLoad: false },
  lost_lines: { most: 0, dependsOnLoad: false },
  list_heap_mb: { most: 60, dependsOnLoad: false },
  log_heap_mb: { most: 40, dependsOnLoad: false },
  slow_frames_percent: { most: 1, dependsOnLoad: true },
  log_first_screen_ms: { most: 500, dependsOnLoad: true },
  search_100mb_ms: { most: 3000, dependsOnLoad: true },
  reconnect_ms: { most: 2000, dependsOnLoad: true },
};

export interface Missed {
  readonly line: string;
  readonly fails: boolean;
}

/** Figures that miss their goals; one that was not measured misses none. */
export function findMissedGoals(figures: Figures): readonly Missed[] {
  return Object.entries(goals).flatMap(([name, { most, dependsOnLoad }]) => {
    const value = figures[name];
    if (value === undefined || value <= most) return [];
    const why = dependsOnLoad ? ' (a busy host can do that)' : '';
    return [{ line: `${name} is ${value}, and should be at most ${most}${why}`, fails: !dependsOnLoad }];
  });
}
