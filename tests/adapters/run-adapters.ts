import { copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../parts/run-command.ts';
import { clientDirectory, createEnvironment } from '../python/python-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples/adapters');

/** What each example installs besides the client, and what it prints. */
const adapters: Readonly<Record<string, { readonly packages: readonly string[]; readonly printed: RegExp }>> = {
  'deepagents_backend.py': { packages: ['deepagents==0.7.32'], printed: /^0\n42\n$/ },
  'langchain_tool.py': { packages: ['langchain-core==1.8.3'], printed: /^42\n\n\[exit code 0\]\n$/ },
  'openai_agents_tool.py': { packages: ['openai-agents==0.24.0'], printed: /^42\n\n\[exit code 0\]\n$/ },
  'vercel-ai-tool.ts': { packages: ['ai@6.0.326', 'zod@4.6.7'], printed: /^\{"output":"42\\n","exitCode":0\}\n$/ },
};

export interface AdapterOptions {
  /** Is made. */
  readonly directory: string;
  /** The agent and the image with Python. */
  readonly env: Readonly<Record<string, string>>;
  readonly tell: (line: string) => void;
}

/**
 * Runs each example unchanged with its framework, as far as that goes without a model.
 * @returns the names of those that printed what they should, and what went wrong with the others
 */
export async function runAdapters({ directory, env, tell }: AdapterOptions) {
  const passed: string[] = [];
  const problems: string[] = [];
  for (const name of await readdir(examples)) {
    tell(name);
    const place = join(directory, name);
    await mkdir(place, { recursive: true });
    const output = await (name.endsWith('.py') ? runPython : runTypeScript)(name, place, env).catch(String);
    if (adapters[name]?.printed.test(output) === true) passed.push(name);
    else problems.push(`${name} printed:\n${output}`);
  }
  return { passed, problems };
}

async function runPython(name: string, place: string, env: AdapterOptions['env']): Promise<string> {
  const python = await createEnvironment(join(place, 'environment'));
  await python.run(['-m', 'pip', 'install', '-q', clientDirectory, ...(adapters[name]?.packages ?? [])]);
  return python.run([join(examples, name)], env);
}

async function runTypeScript(name: string, place: string, env: AdapterOptions['env']): Promise<string> {
  await writeFile(join(place, 'package.json'), '{"private":true,"type":"module"}');
  await copyFile(join(examples, name), join(place, name));
  await runCommand('npm', 'install', '--prefix', place, '--no-audit', '--no-fund', ...(adapters[name]?.packages ?? []));
  await symlink(root, join(place, 'node_modules/exec-agent'));
  const settings = Object.entries(env).map(([variable, value]) => `${variable}=${value}`);
  return runCommand('env', ...settings, process.execPath, '--import', import.meta.resolve('tsx'), join(place, name));
}
