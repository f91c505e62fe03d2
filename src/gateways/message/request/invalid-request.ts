import { ExecError } from '../../../support/exec-error.ts';
import { stringifyJson } from '../../../support/json/json.ts';
import { formatBytes } from '../../../support/text/bytes.ts';

const longestShownValue = 120;

/**
 * @param field as the user wrote it: `input.files[1].path`
 * @param value what the field holds
 * @param problem the rest of the sentence, with the fix
 */
export function invalidField(field: string, value: unknown, problem: string): ExecError {
  return new ExecError('INVALID_REQUEST', `${field}: ${show(value)} ${problem}`, { context: { field } });
}

export function notSupportedYet(field: string): ExecError {
  return new ExecError('INVALID_REQUEST', `${field}: not supported yet. Leave the field out.`, { context: { field } });
}

/** @param size in bytes, as is the limit */
export function messageTooLarge(size: number, maxBytes: number): ExecError {
  return new ExecError(
    'INVALID_REQUEST',
    `The message has ${formatBytes(size)}, at most ${formatBytes(maxBytes)} are allowed. Put large inputs into the object store and name them in input.minio_objects.`,
  );
}

export function show(value: unknown): string {
  const text = value === undefined ? 'undefined' : stringifyJson(value);
  return text.length > longestShownValue ? `${text.slice(0, longestShownValue)}…` : text;
}
