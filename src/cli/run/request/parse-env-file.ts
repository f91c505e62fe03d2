import { ExecError } from '../../../support/exec-error.ts';

/**
 * The variables of an `--env-file`, as Docker reads it: one `NAME=VALUE` per line, the value as it stands, quotes included.
 * A name alone passes on the value that the variable has here; if it has none, the line is left out.
 * @throws ExecError INVALID_REQUEST naming the line
 */
export function parseEnvFile(
  text: string,
  { file, env }: { readonly file: string; readonly env: Readonly<Record<string, string | undefined>> },
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const name = equals < 0 ? line : line.slice(0, equals);
    if (name === '' || /\s/.test(name))
      throw new ExecError('INVALID_REQUEST', `--env-file ${file}, line ${index + 1}: write NAME=VALUE.`);
    const value = equals < 0 ? env[name] : line.slice(equals + 1);
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}
