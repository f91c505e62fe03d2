import { ExecError } from '../../../support/exec-error.ts';
import { fieldName, valueAt } from '../../../support/json/field-name.ts';
import { syntaxError } from '../../../support/json/find-syntax-error.ts';
import { findIllFormedText } from '../../../support/json/ill-formed-text.ts';
import { parseJson, useDoubles } from '../../../support/json/json.ts';
import { firstIssues } from '../../../wire/issues/first-issues.ts';
import { plainIssue } from '../../../wire/issues/plain-issue.ts';
import { show } from '../../message/request/invalid-request.ts';
import { type Task, taskSchema } from './task-schema.ts';

const toldAtMost = 10;

/**
 * The text of a task. Clients may write null for any field that they leave out.
 * @throws ExecError INVALID_REQUEST naming the fields
 */
export function parseTask(text: string): Task {
  let value: unknown;
  try {
    value = useDoubles(parseJson(text));
  } catch (error) {
    throw new ExecError('INVALID_REQUEST', `The task is not JSON: ${syntaxError(text, error)}.`);
  }
  const illFormed = findIllFormedText(value);
  if (illFormed !== undefined) {
    const field = fieldName(illFormed);
    throw new ExecError('INVALID_REQUEST', `${field}: is not well-formed Unicode text. Write whole characters.`);
  }
  const given = withoutNulls(value);
  const issues = firstIssues(taskSchema, given, toldAtMost);
  if (issues.length > 0) throw invalid(issues, given);
  const { data: task, error } = taskSchema.safeParse(given, { error: plainIssue });
  if (task === undefined) throw invalid(error.issues.slice(0, toldAtMost), given);
  return task;
}

type Issue = ReturnType<typeof firstIssues>[number];

function invalid(issues: readonly Issue[], value: unknown): ExecError {
  return new ExecError('INVALID_REQUEST', issues.map((issue) => describe(issue, value)).join(' '));
}

function describe({ path, message }: Issue, value: unknown): string {
  const found = valueAt(value, path);
  const where = path.length === 0 ? 'The task' : fieldName(path);
  if (found === undefined) return `${where}: is missing. ${message}.`;
  return `${where}: ${show(found)} is not valid. ${message}.`;
}

/** A tag whose value is null is one with an empty value. */
function withoutNulls(value: unknown, field?: string): unknown {
  if (Array.isArray(value)) return value.filter((each) => each !== null).map((each) => withoutNulls(each));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
      if (each !== null) return [[key, withoutNulls(each, field === undefined ? key : '')]];
      return field === 'tags' ? [[key, '']] : [];
    }),
  );
}
