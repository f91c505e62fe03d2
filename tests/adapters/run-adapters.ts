import { copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../parts/processes/run-command.ts';
import { clientDirectory, createEnvironment } from '../python/python-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples/adapters');

interface Adapter {
  /** What it installs besides the client. */
  readonly packages: readonly string[];
  readonly printed: RegExp;
  /** Installs some hundred megabytes. */
  readonly isLarge?: true;
  /** Environment variables, of the directory in which the example lies. */
  readonly env?: (directory: string) => Readonly<Record<string, string>>;
  /** Runs of Python that come before it. */
  readonly before?: readonly (readonly string[])[];
}

const adapters: Readonly<Record<string, Adapter>> = {
  'airflow_dag.py': {
    packages: ['apache-airflow==3.3.2'],
    printed: /^success 42$/m,
    isLarge: true,
    env: (directory) => ({
      AIRFLOW_HOME: join(directory, 'airflow'),
      AIRFLOW__CORE__DAGS_FOLDER: directory,
      AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    }),
    before: [
      ['-m', 'airflow', 'db', 'migrate'],
      ['-m', 'airflow', 'dags', 'reserialize'],
    ],
  },
  'deepagents_backend.py': { packages: ['deepagents==0.7.32'], printed: /^0\n42\n$/ },
  'langchain_tool.py': { packages: ['langchain-core==1.8.3'], printed: /^42\n\n\[exit code 0\]\n$/ },
  'openai_agents_tool.py': { packages: ['openai-agents==0.24.0'], printed: /^42\n\n\[exit code 0\]\n$/ },
  'prefect_flow.py': {
    packages: ['prefect==3.9.1'],
    printed: /^42$/m,
    isLarge: true,
    env: (directory) => ({
      PREFECT_HOME: join(directory, 'prefect'),
      PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: '120',
    }),
  },
  'vercel-ai-tool.ts': { packages: ['ai@6.0.326', 'zod@4.6.7'], printed: /^\{"output":"42\\n","exitCode":0\}\n$/ },
};

export interface AdapterOptions {
  /** Is made. */
  readonly directory: string;
  /** The agent and the image with Python. */
  readonly env: Readonly<Record<string, string>>;
  readonly tell: (line: string) => void;
  /** Leaves out what installs some hundred megabytes. */
  readonly isQuick: boolean;
}

/**
 * Runs each example unchanged with its framework, as far as that goes without a model.
 * @returns the names of those that printed what they should, and what went wrong with the others
 */
export async function runAdapters({ directory, env, tell, isQuick }: AdapterOptions) {
  const passed: string[] = [];
  const problems: string[] = [];
  for (const name of await readdir(examples)) {
    const adapter = adapters[name];
    if (adapter === undefined) {
      problems.push(`${name}: what it prints is not known; add it to run-adapters.ts`);
      continue;
    }
    if (isQuick && adapter.isLarge === true) {
      tell(`${name}: left out, since this is a quick run`);
      continue;
    }
    tell(name);
    const place = join(directory, name);
    await mkdir(place, { recursive: true });
    const output = await (name.endsWith('.py') ? runPython : runTypeScript)(name, adapter, { place, env }).catch(
      String,
    );
    if (adapter.printed.test(output)) passed.push(name);
    else problems.push(`${name} printed:\n${output}`);
  }
  return { passed, problems };
}

interface Surroundings {
  readonly place: string;
  readonly env: AdapterOptions['env'];
}

async function runPython(name: string, adapter: Adapter, { place, env }: Surroundings): Promise<string> {
  const python = await createEnvironment(join(place, 'environment'));
  await python.run(['-m', 'pip', 'install', '-q', clientDirectory, ...adapter.packages]);
  // A directory with nothing else in it: some frameworks load all that lies beside.
  const own = join(place, 'example');
  await mkdir(own);
  await copyFile(join(examples, name), join(own, name));
  const all = { ...env, ...adapter.env?.(own) };
  for (const args of adapter.before ?? []) await python.run(args, all);
  return python.run([join(own, name)], all);
}

async function runTypeScript(name: string, { packages }: Adapter, { place, env }: Surroundings): Promise<string> {
  await writeFile(join(place, 'package.json'), '{"private":true,"type":"module"}');
  await copyFile(join(examples, name), join(place, name));
  await runCommand('npm', 'install', '--prefix', place, '--no-audit', '--no-fund', ...packages);
  await symlink(root, join(place, 'node_modules/exec-agent'));
  const settings = Object.entries(env).map(([variable, value]) => `${variable}=${value}`);
  return runCommand('env', ...settings, process.execPath, '--import', import.meta.resolve('tsx'), join(place, name));
}
