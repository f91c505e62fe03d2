import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { nearestName } from '../../support/names/nearest-name.ts';
import { plainIssue } from '../../wire/issues/plain-issue.ts';
import { type Config, configEntries, configSchema } from './config-schema.ts';
import { nameStreams } from './name-streams.ts';

export type ConfigSource = 'default' | 'file' | '.env' | 'environment' | 'command line';

export interface LoadedConfig {
  readonly config: Config;
  /** Where each key's value comes from. */
  readonly sources: Readonly<Record<string, ConfigSource>>;
  /** Variables that are almost the name of a setting, for people. */
  readonly warnings: readonly string[];
}

export interface ConfigInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `.env` is looked for. */
  readonly cwd: string;
  /** Values by key that stand above all others. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/**
 * Command line over environment over `.env` over the YAML file that `EXEC_CONFIG` names over defaults.
 * @throws ExecError INVALID_REQUEST that names each wrong setting, its value and what is allowed.
 */
export async function loadConfig({ env, cwd, overrides = {} }: ConfigInput): Promise<LoadedConfig> {
  const dotenv = parseEnv((await readIfThere(resolve(cwd, '.env'))) ?? '');
  const file = await readConfigFile(env.EXEC_CONFIG ?? dotenv.EXEC_CONFIG, cwd);
  const values: Record<string, unknown> = {};
  const sources: Record<string, ConfigSource> = {};
  for (const { key, env: variable } of configEntries) {
    const layers: readonly (readonly [ConfigSource, unknown])[] = [
      ['command line', overrides[key]],
      ['environment', emptyIsUnset(env[variable])],
      ['.env', emptyIsUnset(dotenv[variable])],
      ['file', file[key]],
    ];
    const [source, value] = layers.find(([, candidate]) => candidate !== undefined) ?? ['default', undefined];
    sources[key] = source;
    if (value !== undefined) values[key] = value;
  }
  const config = nameStreams(parseValues(values, sources), (key) => sources[key] === 'default');
  return { config, sources, warnings: misspelt({ ...dotenv, ...env }) };
}

const otherVariables: readonly string[] = ['EXEC_CONFIG'];

/** Others may have variables of their own that begin like ours; one that is nearly the name of a setting is a mistake. */
function misspelt(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = [...configEntries.map((entry) => entry.env), ...otherVariables];
  return Object.keys(env)
    .filter((name) => name.startsWith('EXEC_') && !known.includes(name))
    .flatMap((name) => {
      const nearest = nearestName(name, known);
      return nearest === undefined ? [] : [`${name} is not a setting. Write ${nearest}.`];
    });
}

function emptyIsUnset(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function parseValues(values: Record<string, unknown>, sources: Record<string, ConfigSource>): Config {
  const parsed = configSchema.safeParse(values, { error: plainIssue });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const key = String(issue.path[0]);
    const entry = configEntries.find((candidate) => candidate.key === key);
    const value = entry?.secret === true ? 'the value' : JSON.stringify(values[key]);
    return `${entry?.env ?? key}: ${value} (from ${sources[key]}) is not valid; allowed: ${issue.message.replace(/^Use /, '')}.`;
  });
  throw new ExecError('INVALID_REQUEST', `The configuration has mistakes.\n  ${problems.join('\n  ')}`);
}

async function readConfigFile(path: string | undefined, cwd: string): Promise<Record<string, unknown>> {
  if (path === undefined || path === '') return {};
  const text = await readIfThere(resolve(cwd, path));
  if (text === undefined) throw new ExecError('INVALID_REQUEST', `EXEC_CONFIG names ${path}, which does not exist.`);
  // Few have such a file.
  const { parseYaml } = await import('../../support/json/parse-yaml.ts');
  const schema = z.record(z.string(), z.unknown());
  const values = parseYaml(text, { name: path, kind: 'configuration file', schema });
  const unknown = Object.keys(values).filter((key) => !configEntries.some((entry) => entry.key === key));
  if (unknown.length === 0) return values;
  const keys = `${unknown.length > 1 ? 'keys' : 'key'} ${unknown.join(', ')}`;
  const nearest = nearestName(
    unknown[0] ?? '',
    configEntries.map((entry) => entry.key),
  );
  const hint = nearest === undefined ? '' : ` Write ${nearest}.`;
  throw new ExecError('INVALID_REQUEST', `${path} is no valid configuration file: unknown ${keys}.${hint}`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new ExecError('INVALID_REQUEST', `${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
