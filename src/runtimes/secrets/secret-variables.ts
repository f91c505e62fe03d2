import type { SecretValue } from '../runtime.ts';

/** Secrets that come as variables; the line feed at the end of a file is not part of the value. */
export function secretVariables(secrets: readonly SecretValue[]): Readonly<Record<string, string>> {
  const variables = secrets.filter(({ as }) => as === 'variable');
  return Object.fromEntries(variables.map(({ name, value }) => [name, value.toString().replace(/\r?\n$/, '')]));
}
