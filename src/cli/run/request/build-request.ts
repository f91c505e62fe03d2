import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import { syntaxError } from '../../../support/json/find-syntax-error.ts';
import { parseJson } from '../../../support/json/json.ts';
import { unreadable } from '../../terminal/read-text.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { RequestFlags } from '../run-flags.ts';
import { parseEnvFile } from './parse-env-file.ts';
import type { PlacedInputs } from './place-inputs.ts';
import { placementOf } from './placement-of.ts';

export interface AdHoc {
  readonly image: string;
  readonly command: readonly string[];
  readonly flags: RequestFlags;
  readonly inputs: PlacedInputs;
}

/**
 * The request that an ad hoc command line stands for. Its values are judged where every request is.
 * @throws ExecError INVALID_REQUEST for a file or variable of the command line that cannot be read
 */
export async function buildRequest({ image, command, flags, inputs }: AdHoc, terminal: Terminal): Promise<object> {
  const { cpus, memory, pidsLimit, pids = pidsLimit, user, workdir, pull, output, timeout, name } = flags;
  const environment = await environmentOf(flags, terminal);
  return {
    container: withoutAbsent({
      image,
      command: command.length === 0 ? undefined : command,
      entrypoint: entrypointOf(flags),
      user,
      read_only_root: flags.readOnly,
      stdin: inputs.stdin,
      working_dir: workdir,
      pull,
      placement: placementOf(flags.placement),
      resources: withoutAbsent({ cpus, memory, pids }),
    }),
    input: withoutAbsent({
      graph_data: await jsonFile('--graph', flags.graph, terminal.cwd),
      config_data: await jsonFile('--config', flags.config, terminal.cwd),
      files: inputs.files,
      minio_objects: inputs.minioObjects,
    }),
    output: withoutAbsent({ expected_files: output, graph_update: 'optional' }),
    environment,
    ...withoutAbsent({ timeout, name }),
  };
}

/** As with Docker, an empty one resets that of the image. */
function entrypointOf({ entrypoint }: RequestFlags): readonly string[] | undefined {
  if (entrypoint === undefined) return undefined;
  return entrypoint === '' ? [] : [entrypoint];
}

function withoutAbsent(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function environmentOf({ env = [], envFile = [] }: RequestFlags, terminal: Terminal): Promise<object> {
  const variables: Record<string, string> = {};
  for (const file of envFile)
    Object.assign(variables, parseEnvFile(await readOrExplain(file, terminal.cwd), { file, env: terminal.env }));
  for (const entry of env) {
    const equals = entry.indexOf('=');
    const name = equals < 0 ? entry : entry.slice(0, equals);
    const value = equals < 0 ? terminal.env[name] : entry.slice(equals + 1);
    if (name === '' || value === undefined)
      throw new ExecError(
        'INVALID_REQUEST',
        name === ''
          ? `-e ${entry} has no variable name. Write NAME=VALUE.`
          : `-e ${name} has no value, and the variable is not set here. Write ${name}=VALUE.`,
      );
    variables[name] = value;
  }
  return variables;
}

async function jsonFile(option: string, file: string | undefined, cwd: string): Promise<unknown> {
  if (file === undefined) return undefined;
  const text = await readOrExplain(file, cwd);
  try {
    return parseJson(text);
  } catch (error) {
    throw new ExecError('INVALID_REQUEST', `${option} ${file} is not JSON: ${syntaxError(text, error)}.`, {
      cause: error,
    });
  }
}

async function readOrExplain(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}
