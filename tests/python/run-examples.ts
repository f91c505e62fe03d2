import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientDirectory, type PythonEnvironment } from './python-environment.ts';

/** What each example prints, line by line in any order. */
const printed: Readonly<Record<string, readonly string[]>> = {
  'follow_async.py': ['container 0', 'container 1', 'container 2'],
  'handle_errors.py': ['3 no such column', 'container.command: '],
  'run_python.py': ['{"nodes": 2}'],
};

/**
 * Runs every example of the client unchanged, but for the image, and the program in its README.
 * @returns what did not print what it should
 */
export async function runExamples(
  python: PythonEnvironment,
  { directory, env }: { readonly directory: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly passed: number; readonly problems: readonly string[] }> {
  const examples = join(clientDirectory, 'examples');
  const names = (await readdir(examples)).filter((name) => name.endsWith('.py'));
  const programs = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(examples, name), 'utf8'), lines: printed[name] })),
  );
  const readme = await readFile(join(clientDirectory, 'README.md'), 'utf8');
  const text = (/```python\n([\s\S]*?)```/.exec(readme)?.[1] ?? '').replace('"http://localhost:8082"', '');
  programs.push({ name: 'README.md', text, lines: ['0 Hello'] });

  let passed = 0;
  const problems: string[] = [];
  for (const { name, text, lines } of programs) {
    const file = join(directory, `${name}.py`);
    await writeFile(file, text.replaceAll(/"(alpine:latest|python:3.9-slim)"/g, '"host"'));
    const output = await python.run([file], env).catch(String);
    const missing = lines?.filter((line) => !output.includes(line)) ?? ['anything: it is not in the list'];
    if (missing.length === 0) passed += 1;
    else problems.push(`${name} did not print ${missing.join(', ')}, but:\n${output}`);
  }
  return { passed, problems };
}
