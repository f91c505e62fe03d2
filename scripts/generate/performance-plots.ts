import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Bar, drawBars } from './bar-chart.ts';
import type { GeneratedFile } from './generated-file.ts';

const directory = 'docs/performance';

/** One line of `npm run bench -- --json`, as far as it is drawn. */
const figuresSchema = z.looseObject({
  start_ms: z.record(z.string(), z.object({ median: z.number(), p10: z.number(), p90: z.number() })),
});

interface Goal {
  readonly figure: string;
  readonly over: string;
  readonly is: 'at most' | 'at least';
  readonly value: number;
}

const goals: readonly Goal[] = [
  { figure: 'docker_cold_ratio', over: 'docker run', is: 'at most', value: 0.6 },
  { figure: 'docker_warm_ratio', over: 'docker run', is: 'at most', value: 0.2 },
  { figure: 'oci_ratio', over: 'docker run', is: 'at most', value: 0.06 },
  { figure: 'oci_warm_ratio', over: 'docker run', is: 'at most', value: 0.03 },
  { figure: 'oci_vs_bare', over: 'crun', is: 'at most', value: 1.2 },
  { figure: 'throughput_ratio_docker', over: 'docker run', is: 'at least', value: 1.6 },
  { figure: 'throughput_ratio_oci', over: 'crun', is: 'at least', value: 0.75 },
  { figure: 'proxy_vs_nginx', over: 'nginx', is: 'at least', value: 0.7 },
  { figure: 'object_copy_ratio', over: 'curl', is: 'at most', value: 1.15 },
  { figure: 'object_cached_ratio', over: 'the first time', is: 'at most', value: 0.1 },
  { figure: 'small_files_ratio', over: 'tar', is: 'at most', value: 3 },
];

/** What docs/performance.md shows, drawn from the figures of one run that are kept beside it. */
export async function makePerformancePlots(): Promise<readonly GeneratedFile[]> {
  const figures = figuresSchema.parse(JSON.parse(await readFile(`${directory}/figures.json`, 'utf8')));
  return [
    { path: `${directory}/start.svg`, text: drawBars('From the request to the answer, ms', startBars(figures)) },
    { path: `${directory}/goals.svg`, text: drawBars('Ratios within one run, and their goals', goalBars(figures)) },
  ];
}

type Figures = z.infer<typeof figuresSchema>;

function startBars({ start_ms }: Figures): readonly Bar[] {
  return Object.entries(start_ms).map(([label, { median, p10, p90 }]) => ({
    label,
    value: median,
    spread: [p10, p90],
    note: `${Math.round(median)} (${Math.round(p10)} to ${Math.round(p90)})`,
  }));
}

function goalBars(figures: Figures): readonly Bar[] {
  return goals.flatMap(({ figure, over, is, value: goal }) => {
    const { data: value } = z.number().safeParse(figures[figure]);
    if (value === undefined) return [];
    const isMet = is === 'at most' ? value <= goal : value >= goal;
    return [{ label: figure, value, goal: { value: goal, isMet }, note: `${value} over ${over}, ${is} ${goal}` }];
  });
}
