import { z } from 'zod';
import { fieldName } from '../../support/json/field-name.ts';
import { nearestName } from '../../support/names/nearest-name.ts';
import { plainIssue } from '../../wire/issues/plain-issue.ts';
import { HttpProblem } from '../problem.ts';

/** Parameters, query or headers by the schema of their route; each one that is wrong is named. */
export function judgePart(schema: z.core.$ZodType, value: unknown): { value: unknown } | { error: HttpProblem } {
  const { success, data, error } = z.safeParse(schema, value, { error: plainIssue });
  if (success) return { value: data };
  const sentences = error.issues.map(({ path, message }) => `${fieldName(path)}: ${message}.`);
  return { error: new HttpProblem(400, sentences.join(' ')) };
}

const namedAtMost = 5;

/**
 * A parameter that a route does not have would change nothing, and its sender would not know.
 * @param schema of the query; absent: the route takes no parameters
 * @throws HttpProblem 400 naming each with the nearest known one
 */
export function refuseUnknownQuery(schema: unknown, query: unknown): void {
  if (schema !== undefined && !(schema instanceof z.ZodObject)) return;
  const known = Object.keys(schema?.shape ?? {});
  const given = typeof query === 'object' && query !== null ? Object.keys(query) : [];
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const sentences = unknown.slice(0, namedAtMost).map((name) => {
    const nearest = nearestName(name, known);
    return `${name}: is not a parameter here.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`;
  });
  const choice = known.length === 0 ? 'This route takes none.' : `Known are: ${known.join(', ')}.`;
  throw new HttpProblem(400, `${sentences.join(' ')} ${choice}`);
}
