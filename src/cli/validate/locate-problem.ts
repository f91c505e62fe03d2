import { offsetOf, positionAt } from '../../support/json/locate-json.ts';

/**
 * Puts line and column before sentences that begin with the field they are about.
 * @param text of the request; where it is not JSON, sentences stay as they are
 */
export function createLocator(text: string): (sentence: string) => string {
  const request = parsed(text);
  if (request === undefined) return (sentence) => sentence;
  return (sentence) => {
    const field = /^(\S[^:]*): /.exec(sentence)?.[1];
    const path = field === undefined ? [] : pathOf(field, request);
    if (path.length === 0) return sentence;
    const { line, column } = positionAt(text, offsetOf(text, path));
    return `line ${line}, column ${column}: ${sentence}`;
  };
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `input.files[1].path` → `['input', 'files', 1, 'path']`, as far as the value has it: names may hold dots and brackets. */
function pathOf(field: string, value: unknown): readonly PropertyKey[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    const [whole, digits = ''] = /^\[(\d+)\]\.?/.exec(field) ?? [];
    const index = Number(digits);
    return whole === undefined || index >= value.length
      ? []
      : [index, ...pathOf(field.slice(whole.length), value[index])];
  }
  const keys = Object.keys(value).filter((key) => key !== '' && /^(?:$|[.[])/.test(restAfter(field, key)));
  const [longest] = keys.sort((a, b) => b.length - a.length);
  if (longest === undefined) return [];
  return [longest, ...pathOf(restAfter(field, longest).replace(/^\./, ''), Reflect.get(value, longest))];
}

/** What follows the key; text that no field begins with where the field does not begin with it. */
function restAfter(field: string, key: string): string {
  return field.startsWith(key) ? field.slice(key.length) : '-';
}
