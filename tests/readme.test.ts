import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildWhenStale } from '../scripts/tasks/build-when-stale.mjs';
import { scriptedParts } from './agent/scripted-parts.ts';
import { openHttpBench } from './http/open-http-bench.ts';
import { describeWith } from './parts/require-part.ts';
import { runCommand } from './parts/run-command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsx = import.meta.resolve('tsx');

describeWith('redis', 'the README', () => {
  test('shows programs that compile and run as they stand', async () => {
    expect(await buildWhenStale()).toBe(0);
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text);
    expect(programs.length).toBeGreaterThan(1);
    const bench = await openHttpBench({}, scriptedParts({ output: [{ stream: 'stdout', text: 'Hello\n' }] }));
    const directory = await mkdtemp(join(tmpdir(), 'readme-'));
    try {
      const modules = join(directory, 'node_modules');
      await mkdir(modules);
      await symlink(root, join(modules, 'exec-agent'));
      await symlink(join(root, 'node_modules/@types'), join(modules, '@types'));
      await writeFile(join(directory, 'package.json'), '{"type":"module"}');
      // The types of the package themselves are checked where it is installed.
      const language = { module: 'nodenext', target: 'es2023', types: ['node'] };
      const compilerOptions = { strict: true, noEmit: true, skipLibCheck: true, ...language };
      await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const { redisUrl = '', requestChannel, responseChannel, eventsChannel, controlChannel } = bench.deployment.config;
      const channels = JSON.stringify({ requestChannel, responseChannel, eventsChannel, controlChannel }).slice(1);
      const files: string[] = [];
      for (const [index, text] of programs.entries()) {
        const here = text
          .replace('http://localhost:8082', bench.url)
          .replace("{ url: 'redis://localhost:6379' }", `{ url: '${redisUrl}', ${channels}`);
        const file = join(directory, `program-${index}.ts`);
        await writeFile(file, here);
        files.push(file);
      }
      await runCommand(join(root, 'node_modules/.bin/tsc'), '-p', directory);
      for (const file of files) {
        const printed = await runCommand(process.execPath, '--import', tsx, file);
        expect(printed).toContain('Hello');
        expect(printed).toContain('true');
      }
    } finally {
      await bench.close();
      await rm(directory, { recursive: true });
    }
  });
});
