import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { findProgram } from '../../src/support/processes/find-program.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { errorCodeSchema } from '../../src/wire/response/error-code-schema.ts';
import { errorCodes } from '../../src/wire/response/error-codes.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { openHttpBench } from '../http/open-http-bench.ts';
import { describeWith } from '../parts/require-part.ts';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const rulesSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const targetSchema = z.object({ expr: z.string() });
const dashboardSchema = z.object({
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string().min(1),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(targetSchema).min(1),
    }),
  ),
  templating: z.object({ list: z.array(z.object({ query: z.union([z.string(), z.object({ query: z.string() })]) })) }),
});

const rules = rulesSchema.parse(parse(await readFile(`${deploy}prometheus/exec-agent.rules.yml`, 'utf8')));
const dashboard = dashboardSchema.parse(JSON.parse(await readFile(`${deploy}grafana/exec-agent.json`, 'utf8')));
const alertExpressions = rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr));
const expressions = [
  ...alertExpressions,
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query])),
];

/** Added by Prometheus to everything that it reads. */
const ofPrometheus = new Set(['instance', 'job', 'up']);
const series = /\b(?:exec_agent|process|nodejs)_\w+|\bup\b/g;
const matcher = /(\w+)\s*(=~?|!=|!~)\s*"([^"]*)"/g;

/** Names and labels of every series of an agent that has met everything. */
async function richMetrics(): Promise<ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>> {
  const metrics = createMetrics({
    version: '1',
    runtime: 'oci',
    slots: 1,
    busy: () => 1,
    queue: async () => ({
      waiting: 1,
      unplaced: 1,
      delayed: 1,
      leased: 1,
      oldestQueuedAt: 0,
      paused: true,
      now: 1000,
    }),
    networks: () => ({ ready: 1, takenReady: 1, waitedFor: 1 }),
    warm: () => ({ ready: 1, used: 1, cold: { none_ready: 1 } }),
  });
  const spent = { calls: 1, bytesIn: 1, bytesOut: 1, errors: 1, ms: 1, tokens: 1 };
  const phases = { queued: 1, staged: 1, started: 1, ran: 1, collected: 1 };
  for (const code of [undefined, ...errorCodeSchema.options])
    metrics.finished({
      ...(code && { failure: { code, message: '' } }),
      output: '',
      steps: [],
      phases,
      services: { ai: spent },
      warnings: [],
      startedAt: 0,
      finishedAt: 1,
    });
  metrics.pulled(1, 'ok');
  metrics.pulled(1, 'failed');
  metrics.answered({ method: 'GET', route: '/', status: 200, seconds: 1 });
  return seriesOf((await metrics.text()).text);
}

function seriesOf(text: string) {
  const found = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Map<string, Set<string>>();
    found.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value));
  }
  return found;
}

describe('monitoring', () => {
  test('series: every series, label and value in dashboard and alerts is one that an agent has', async () => {
    const known = await richMetrics();
    for (const expression of expressions) {
      const names = [...expression.matchAll(series)].map(([name]) => name);
      expect(names.length, expression).toBeGreaterThan(0);
      const labels = new Map<string, Set<string>>();
      for (const name of names) {
        if (ofPrometheus.has(name)) continue;
        expect([...known.keys()], expression).toContain(name);
        for (const [label, values] of known.get(name) ?? [])
          labels.set(label, new Set([...(labels.get(label) ?? []), ...values]));
      }
      for (const [, label = '', operator = '', value = ''] of expression.matchAll(matcher)) {
        if (ofPrometheus.has(label)) continue;
        expect([...labels.keys()], expression).toContain(label);
        const isRegex = operator.endsWith('~');
        const wanted = isRegex ? value.split('|') : [value];
        for (const each of wanted.filter((one) => one !== '5..'))
          expect([...(labels.get(label) ?? [])], expression).toContain(each);
      }
      for (const [, grouped = ''] of expression.matchAll(/\b(?:by|ignoring) \(([^)]*)\)/g))
        for (const label of grouped.split(',').map((each) => each.trim()))
          expect([...labels.keys(), ...ofPrometheus], expression).toContain(label);
    }
  });

  test('alerts: the codes that the operator can fix are those of the table', () => {
    const codes = errorCodeSchema.options.filter((code) => errorCodes[code].fault === 'system').join('|');
    const named = expressions.flatMap((expression) =>
      [...expression.matchAll(/code=~"([^"]*)"/g)].map(([, list]) => list),
    );
    expect(named.length).toBeGreaterThan(1);
    for (const list of named) expect(list).toBe(codes);
  });

  test('alerts: each has a section in docs/operations.md that says what to do', async () => {
    const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const chapter = text.split(/^## Alerts$/m)[1]?.split(/^## /m)[0] ?? '';
    const sections = chapter.split(/^### /m).slice(1);
    const names = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    expect(sections.map((section) => section.split('\n')[0])).toEqual(names);
    for (const section of sections) expect(section.length).toBeGreaterThan(150);
  });

  test('dashboard: panels have ids of their own and do not overlap', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, { gridPos: a, title }] of panels.entries())
      for (const { gridPos: b } of panels.slice(index + 1))
        expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, title).toBe(true);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

describeWith('redis', 'monitoring of an agent', () => {
  test('series: every family that dashboard and alerts name is at /metrics, and every one of the agent is named', async () => {
    const bench = await openHttpBench({}, scriptedParts());
    try {
      const text = await (await bench.ask('/metrics')).text();
      const families = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
      const names = new Set(
        expressions.flatMap((expression) => [...expression.matchAll(series)].map(([name]) => name)),
      );
      const named = [...names].map((name) => name.replace(/_(?:bucket|count|sum)$/, ''));
      for (const name of named) if (!ofPrometheus.has(name)) expect([...families]).toContain(name);
      const own = [...families].filter((name) => name?.startsWith('exec_agent_') === true);
      expect(own.length).toBeGreaterThan(15);
      // What an agent counts and nobody sees would be forgotten.
      for (const name of own) expect(named).toContain(name);
    } finally {
      await bench.close();
    }
  });
});

const promtool = await findProgram('promtool', process.env.PATH ?? '');
const missing = promtool === undefined ? ' (skipped: promtool of the package prometheus is not installed)' : '';

describe.skipIf(promtool === undefined)(`promtool${missing}`, () => {
  const run = (...args: string[]) => promisify(execFile)(promtool ?? '', args, { cwd: `${deploy}prometheus` });

  test('alerts: are valid, and each is raised by what it is for', async () => {
    expect((await run('check', 'rules', 'exec-agent.rules.yml')).stdout).toContain(
      `${alertExpressions.length} rules found`,
    );
    expect((await run('test', 'rules', 'exec-agent.test.yml')).stdout).toContain('SUCCESS');
  });

  test('dashboard: every expression is valid', async () => {
    const { panels } = dashboard;
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const rate = (expr: string) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h');
    const groups = [{ name: 'x', rules: queries.map((expr, index) => ({ record: `x${index}`, expr: rate(expr) })) }];
    const directory = await mkdtemp(join(tmpdir(), 'promtool-'));
    try {
      const file = join(directory, 'rules.yml');
      await writeFile(file, JSON.stringify({ groups }));
      expect((await run('check', 'rules', file)).stdout).toContain(`${queries.length} rules found`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
