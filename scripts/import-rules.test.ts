import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import configuration from '../.dependency-cruiser.mjs';

const forbidden: readonly (readonly [importer: string, imported: string, rule: string])[] = [
  ['src/wire/up.ts', 'src/support/target.ts', 'wire-imports-downwards'],
  ['src/queue/up.ts', 'src/execution/target.ts', 'queue-imports-downwards'],
  ['src/agent/up.ts', 'src/cli/target.ts', 'agent-imports-downwards'],
  ['src/queue/up.test.ts', 'src/agent/target.ts', 'queue-imports-downwards'],
  ['src/admission/stranger.ts', 'src/runtimes/target.ts', 'admission-knows-no-stranger'],
  ['src/inputs/stranger.ts', 'src/outputs/target.ts', 'inputs-knows-no-stranger'],
  ['src/outputs/stranger.ts', 'src/proxy/target.ts', 'outputs-knows-no-stranger'],
  ['src/proxy/stranger.ts', 'src/runtimes/target.ts', 'proxy-knows-no-stranger'],
  ['src/runtimes/stranger.ts', 'src/inputs/target.ts', 'runtimes-knows-no-stranger'],
  ['src/runtimes/docker/other.ts', 'src/runtimes/oci/target.ts', 'drivers-are-strangers'],
  ['src/gateways/message/other.ts', 'src/gateways/redis/target.ts', 'drivers-are-strangers'],
  ['src/objects/s3/other.ts', 'src/objects/directory/target.ts', 'drivers-are-strangers'],
  ['src/execution/picks.ts', 'src/runtimes/docker/target.ts', 'only-the-agent-picks-drivers'],
  ['src/cli/picks.ts', 'src/objects/directory/target.ts', 'only-the-agent-picks-drivers'],
  ['src/runtimes/picks.ts', 'src/runtimes/oci/target.ts', 'only-the-agent-picks-drivers'],
  ['src/queue/picks.ts', 'src/runtimes/docker/network/target.ts', 'only-the-agent-picks-drivers'],
  ['src/client/knows.ts', 'src/support/target.ts', 'client-knows-wire-alone'],
  ['src/client/browser.ts', 'src/client/redis/target.ts', 'client-runs-in-browsers'],
  ['src/garage/new.ts', 'src/support/target.ts', 'every-folder-is-a-room'],
  ['src/agent/gathers.ts', 'src/index.ts', 'rooms-do-not-import-the-package'],
  ['src/support/tests.ts', 'tests/target.ts', 'src-stands-alone'],
  ['src/support/bench.ts', 'bench/target.ts', 'src-stands-alone'],
  ['src/support/scripts.ts', 'scripts/target.ts', 'src-stands-alone'],
  ['src/support/circle.ts', 'src/support/circle.ts', 'no-circles'],
  ['src/support/lost.ts', 'src/support/nowhere.ts', 'imports-resolve'],
  ['src/wire/package.ts', 'pino', 'wire-imports-only-zod'],
  ['src/support/package.ts', 'vitest', 'src-uses-runtime-dependencies'],
  ['src/cli/package.ts', 'undeclared', 'the-program-uses-declared-packages'],
];

const allowed: readonly (readonly [importer: string, imported: string])[] = [
  ['src/cli/down.ts', 'src/agent/target.ts'],
  ['src/agent/down.ts', 'src/runtimes/docker/target.ts'],
  ['src/runtimes/docker/down.ts', 'src/runtimes/target.ts'],
  ['src/gateways/redis/down.ts', 'src/gateways/message/target.ts'],
  ['src/admission/fits.test.ts', 'src/runtimes/target.ts'],
  ['src/runtimes/docker/fits.test.ts', 'src/runtimes/contract/target.ts'],
  ['src/support/fits.test.ts', 'tests/target.ts'],
  ['src/client/down.ts', 'src/wire/target.ts'],
  ['src/wire/down.ts', 'zod'],
  ['src/support/down.ts', 'pino'],
  ['src/cli/bundles.ts', 'vitest'],
];

let root = '';
let found: readonly string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'import-rules-'));
  const edges: readonly (readonly [string, string, string?])[] = [...forbidden, ...allowed];
  for (const [, imported] of edges)
    if (imported.endsWith('target.ts') || imported === 'src/index.ts') await write(imported, '');
  for (const [importer, imported] of edges)
    await write(importer, `import type {} from '${specifierOf(importer, imported)}';\n`);
  await write('src/support/orphan.ts', 'export const alone = true;\n');
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ dependencies: { pino: '1', zod: '1' }, devDependencies: { vitest: '1' } }),
  );
  for (const name of ['pino', 'zod', 'vitest', 'undeclared']) await write(`node_modules/${name}/index.js`, '');
  found = await findViolations();
}, 30_000);

afterAll(() => rm(root, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

function specifierOf(importer: string, imported: string): string {
  return imported.endsWith('.ts') ? `${'../'.repeat(importer.split('/').length - 1)}${imported}` : imported;
}

async function findViolations(): Promise<readonly string[]> {
  const { forbidden: rules = [], options } = configuration;
  const { tsConfig: _, ...rest } = options ?? {};
  const { output } = await cruise(['src'], { ...rest, baseDir: root, validate: true, ruleSet: { forbidden: rules } });
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

test.each(forbidden)('%s may not import %s: %s', (importer, imported, rule) => {
  const named = found.filter((line) => line.startsWith(`${rule}: ${importer} → `));
  expect(named, found.join('\n')).toHaveLength(1);
  expect(named[0]).toContain(imported.replace('src/support/nowhere', 'nowhere'));
});

test.each(allowed)('%s may import %s', (importer) => {
  expect(found.filter((line) => line.includes(`: ${importer} → `))).toEqual([]);
});

test('a file that nothing imports and that imports nothing is an orphan', () => {
  expect(found).toContain('no-orphans: src/support/orphan.ts → src/support/orphan.ts');
});

test('every rule is shown to bite', () => {
  const shown = new Set([...forbidden.map(([, , rule]) => rule), 'no-orphans']);
  const rules = (configuration.forbidden ?? []).map(({ name }) => name ?? '');
  const pattern = /-imports-downwards$/;
  expect(rules.filter((name) => !shown.has(name) && !pattern.test(name))).toEqual([]);
});
