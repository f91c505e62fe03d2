import { LineCounter, parseDocument } from 'yaml';
import { ExecError } from '../support/exec-error.ts';
import { fieldName } from '../support/field-name.ts';
import { type PolicyDocument, policyDocumentSchema } from './policy-schema.ts';

/**
 * The text of a policy file as a document.
 * @param name of the file, for messages
 * @throws ExecError INVALID_REQUEST naming line, field and what is expected, for each mistake
 */
export function parsePolicy(text: string, name: string): PolicyDocument {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines });
  const [firstError] = yaml.errors;
  if (firstError !== undefined) throw mistakes(name, [firstError.message.split('\n')[0] ?? '']);
  const { data, error } = policyDocumentSchema.safeParse(yaml.toJS() ?? {});
  if (data !== undefined) return data;
  const lineOf = (path: readonly PropertyKey[]): number => {
    const node = yaml.getIn(path, true);
    const start = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    const offset = Array.isArray(start) ? Number(start[0]) : undefined;
    if (offset === undefined && path.length > 0) return lineOf(path.slice(0, -1));
    return lines.linePos(offset ?? 0).line;
  };
  throw mistakes(
    name,
    error.issues.map(({ path, message }) => {
      const field = path.length === 0 ? 'the policy' : fieldName(path);
      return `line ${lineOf(path)}: ${field}: ${lowerFirst(message)}`;
    }),
  );
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function mistakes(name: string, problems: readonly string[]): ExecError {
  return new ExecError('INVALID_REQUEST', `${name} is no valid policy.\n  ${problems.join('\n  ')}`);
}
