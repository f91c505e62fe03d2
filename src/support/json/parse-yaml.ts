import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { plainIssue } from '../../wire/issues/plain-issue.ts';
import { ExecError } from '../exec-error.ts';
import { fieldName } from './field-name.ts';

export interface YamlFile<T> {
  /** For messages. */
  readonly name: string;
  /** What it should be: `policy`. */
  readonly kind: string;
  readonly schema: z.ZodType<T>;
}

/**
 * The text of a YAML file as a value of the schema; an empty one is an empty map.
 * @throws ExecError INVALID_REQUEST naming line, field and what is expected, for each mistake
 */
export function parseYaml<T>(text: string, { name, kind, schema }: YamlFile<T>): T {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines });
  const refuse = (problems: readonly string[]) =>
    new ExecError('INVALID_REQUEST', `${name} is no valid ${kind}.\n  ${problems.join('\n  ')}`);
  const [firstError] = yaml.errors;
  if (firstError !== undefined) throw refuse([firstError.message.split('\n')[0] ?? '']);
  const { data, error } = schema.safeParse(yaml.toJS() ?? {}, { error: plainIssue });
  if (error === undefined) return data;

  const lineOf = (path: readonly PropertyKey[]): number => {
    const node = yaml.getIn(path, true);
    const start = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    const offset = Array.isArray(start) ? Number(start[0]) : undefined;
    if (offset === undefined && path.length > 0) return lineOf(path.slice(0, -1));
    return lines.linePos(offset ?? 0).line;
  };
  throw refuse(
    error.issues.map(({ path, message }) => {
      const field = path.length === 0 ? `the ${kind}` : fieldName(path);
      return `line ${lineOf(path)}: ${field}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
    }),
  );
}
