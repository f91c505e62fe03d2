import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ExecError, errnoOf, messageOf } from '../support/exec-error.ts';
import { part, sentence } from '../wire/sentence.ts';

/** Where the values of secrets are; each may be absent. They are read anew each time: secrets are rotated. */
export interface SecretPlaces {
  /** One file for each secret, by its name, as Docker and Kubernetes mount them. */
  readonly directory?: string | undefined;
  /** A YAML or JSON file of names and values. */
  readonly file?: string | undefined;
  /** What the names of variables begin with: `EXEC_SECRET_` makes OPENAI_KEY of EXEC_SECRET_OPENAI_KEY. */
  readonly prefix: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const valuesSchema = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));

/**
 * The value of a secret, from the directory, the file or the environment, in this order.
 * @throws ExecError POLICY_DENIED when none of them has it; what is wrong is said without any value
 */
export async function readSecret(name: string, places: SecretPlaces): Promise<Buffer> {
  const { directory, file, prefix, environment } = places;
  const fromDirectory = directory === undefined ? undefined : await readIfThere(join(directory, name));
  if (fromDirectory !== undefined) return fromDirectory;
  const values = file === undefined ? {} : await readValues(file);
  const value = Object.hasOwn(values, name) ? values[name] : environment[`${prefix}${name}`];
  if (value !== undefined) return Buffer.from(value);
  throw new ExecError(
    'POLICY_DENIED',
    sentence`${part('secrets')}: "${name}" has no value on this agent. Put it into EXEC_SECRETS_DIR or EXEC_SECRETS_FILE, or set ${prefix}${name}.`,
  );
}

async function readValues(file: string): Promise<z.infer<typeof valuesSchema>> {
  const text = (await readIfThere(file))?.toString();
  if (text === undefined) throw unreadable(file, 'there is no such file');
  const { parseYaml } = await import('../support/json/parse-yaml.ts');
  try {
    return parseYaml(text, { name: file, kind: 'list of secrets', schema: valuesSchema });
  } catch {
    // The error might quote the file.
    throw unreadable(file, 'it is no YAML map of names and values');
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, messageOf(error));
  }
}

function unreadable(path: string, why: string): ExecError {
  return new ExecError('RUNTIME_UNAVAILABLE', `The secrets in ${path} cannot be read: ${why}.`);
}
