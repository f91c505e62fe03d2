import type { z } from 'zod';

const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  bigint: 'a whole number',
  boolean: 'true or false',
  int: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

/**
 * Says what a schema expects, without the words of the library. Passed as `error` to `safeParse`, it is used where the schema has no
 * sentence of its own.
 * @returns a sentence without its full stop: `Use a whole number`
 */
export function plainIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `Use ${kinds[issue.expected] ?? 'another value'}`;
    case 'invalid_value':
      return `Use ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(valueText).join(', ')}`;
    case 'too_big':
      return `Use ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `Use ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'not_multiple_of':
      return `Use a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `Remove the unknown ${issue.keys.length > 1 ? 'fields' : 'field'} ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_union':
      return describeChoices(issue.errors);
    case 'invalid_key':
      return 'Use another name for the field';
    default:
      return 'Use another value';
  }
}

function valueText(value: z.core.util.Primitive): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function unitOf(origin: string): string {
  const units: Readonly<Record<string, string>> = {
    array: ' entries',
    object: ' entries',
    record: ' entries',
    string: ' characters',
  };
  return units[origin] ?? '';
}

/** The choices say what they expect themselves; only those about the whole value are meant for its sender. */
function describeChoices(choices: readonly (readonly z.core.$ZodIssue[])[]): string {
  const expected = choices.flatMap((issues) => issues.filter(({ path }) => path.length === 0).slice(0, 1));
  const sentences = new Set(expected.map((issue) => issue.message.replace(/^use /i, '')));
  return sentences.size === 0 ? 'Use another value' : `Use ${[...sentences].join(', or ')}`;
}
