import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf } from '../../src/support/exec-error.ts';

export const clientDirectory = fileURLToPath(new URL('../../clients/python', import.meta.url));

/** What the tests need. The dependencies of the client are the newest ones, as its users have them. */
const tools = ['build==1.6.1', 'mypy==2.4.1', 'pytest==9.2.0', 'ruff==0.17.6', 'trio==0.35.0'];

export interface PythonEnvironment {
  /** Runs a module of Python to its end and returns its stdout; fails with what it printed. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
}

/**
 * Builds wheel and source distribution of the client and installs the wheel with the tests' tools.
 * @param directory is made
 */
export async function installClient(directory: string, tell: (line: string) => void): Promise<PythonEnvironment> {
  tell('building wheel and source distribution');
  const environment = await createEnvironment(join(directory, 'environment'));
  await environment.run(['-m', 'pip', 'install', '-q', ...tools]);
  const distributions = join(directory, 'distributions');
  await environment.run(['-m', 'build', '-o', distributions, clientDirectory]);
  const names = await readdir(distributions);
  const [wheel, source] = ['.whl', '.tar.gz'].map((ending) => names.find((name) => name.endsWith(ending)));
  if (wheel === undefined || source === undefined) throw new Error(`built only ${names.join(', ')}`);
  await environment.run(['-m', 'pip', 'install', '-q', join(distributions, wheel)]);

  tell('installing the source distribution in an environment of its own');
  const fromSource = await createEnvironment(join(directory, 'from-source'));
  await fromSource.run(['-m', 'pip', 'install', '-q', join(distributions, source)]);
  await fromSource.run(['-c', 'import exec_agent; exec_agent.Client().close()']);
  return environment;
}

/** A new virtual environment. */
export async function createEnvironment(directory: string): Promise<PythonEnvironment> {
  try {
    await promisify(execFile)('python3', ['-m', 'venv', directory]);
  } catch (error) {
    throw new Error(`Install Python 3.9 or later with venv (Debian: python3-venv). ${messageOf(error)}`);
  }
  const python = join(directory, 'bin/python');
  return {
    async run(args, env = {}) {
      const options = { cwd: clientDirectory, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env } };
      const { stdout } = await promisify(execFile)(python, args, options).catch((error) => {
        throw new Error(`python ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`);
      });
      return stdout;
    },
  };
}
