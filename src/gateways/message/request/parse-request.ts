import { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { fieldName, valueAt } from '../../../support/json/field-name.ts';
import { syntaxError } from '../../../support/json/find-syntax-error.ts';
import { findIllFormedText, mayHoldIllFormedText } from '../../../support/json/ill-formed-text.ts';
import { isJsonNumber, parseJson, useDoubles } from '../../../support/json/json.ts';
import { firstIssues } from '../../../wire/issues/first-issues.ts';
import { type ExecutionRequest, executionRequestSchema } from '../../../wire/request/request.ts';
import { graphWarnings } from './graph-warnings.ts';
import { messageTooLarge, notSupportedYet, show } from './invalid-request.ts';
import { type UnknownFields, unknownFields } from './unknown-fields.ts';

export type ParsedRequest =
  | { readonly ok: true; readonly request: ExecutionRequest; readonly warnings: readonly string[] }
  | RefusedRequest;

export interface RefusedRequest {
  readonly ok: false;
  /** The correlation id as far as it could be read, for the response. */
  readonly correlationId: string | null;
  readonly replyTo?: string;
  readonly error: ExecError;
}

const reserved = ['egress', 'cache', 'not_before', 'record_services', 'replay'] as const;

// What programs of the sender read; the agent only carries it.
const exactFields = { input: { graph_data: true, config_data: true } } as const;

type Issue = ReturnType<typeof firstIssues>[number];

// Of a million wrong fields the first few tell enough.
const toldAtMost = 10;

// Bytes: the worst of such length keeps zod busy for 2 ms.
const shortMessage = 2048;

const addressSchema = z.object({
  correlation_id: z.string().nullable().catch(null).default(null),
  reply_to: z.string().optional().catch(undefined),
});

/** The text of a message → a request, or the one sentence that says what is wrong with it. */
export function parseRequest(text: string, { maxBytes }: { readonly maxBytes: number }): ParsedRequest {
  const size = Buffer.byteLength(text);
  if (size > maxBytes) return refuse(undefined, messageTooLarge(size, maxBytes));
  let value: unknown;
  try {
    value = useDoubles(parseJson(text), exactFields);
  } catch (error) {
    return refuse(undefined, new ExecError('INVALID_REQUEST', `The message is not JSON: ${syntaxError(text, error)}.`));
  }
  const illFormed = mayHoldIllFormedText(text) ? findIllFormedText(value) : undefined;
  if (illFormed !== undefined) return refuse(value, illFormedText(illFormed));
  const issues = isPlainlyRight(value, size) ? [] : firstIssues(executionRequestSchema, value, toldAtMost);
  if (!isRequest(value, issues)) return refuse(value, describeIssues(issues, value));
  const reservedField = reserved.find((field) => value[field] !== undefined);
  if (reservedField !== undefined) return refuse(value, notSupportedYet(reservedField));
  const unknown = unknownFields(executionRequestSchema, value, toldAtMost);
  // Without the field that is meant, something else would run.
  const wrong = unknown.misspelt.find(({ name }) => decidesWhatRuns.test(name));
  if (wrong !== undefined) return refuse(value, misspeltField(wrong));
  return { ok: true, request: value, warnings: [...unknownFieldWarnings(unknown), ...graphWarnings(value)] };
}

/**
 * Zod as a whole takes a tenth of the time that looking at the fields one by one does. It lists everything that is wrong, so
 * only a short message is given to it.
 */
function isPlainlyRight(value: unknown, size: number): boolean {
  return size <= shortMessage && executionRequestSchema.safeParse(value).success;
}

/** A value without issues is a request as it stands; zod would make a copy of it, which for a large graph is costly. */
function isRequest(_value: unknown, issues: readonly unknown[]): _value is ExecutionRequest {
  return issues.length === 0;
}

// Fields of the request itself, of a container and of a step.
const decidesWhatRuns = /^(?:[^.[]+|(?:container|steps\[\d+\](?:\.container)?)\.[^.[]+)$/;

function misspeltField({ name, nearest }: UnknownFields['misspelt'][number]): ExecError {
  return new ExecError('INVALID_REQUEST', `${name}: is not a field. Write "${nearest}", or leave it out.`);
}

function unknownFieldWarnings({ names, misspelt, total }: UnknownFields): readonly string[] {
  const hints = new Map(misspelt.map(({ name, nearest }) => [name, ` Did you mean "${nearest}"?`]));
  const untold = total - names.length;
  return [
    ...names.map((field) => `${field}: unknown field, ignored.${hints.get(field) ?? ''}`),
    ...(untold > 0 ? [`${untold} more unknown fields were ignored.`] : []),
  ];
}

function refuse(value: unknown, error: ExecError): ParsedRequest {
  const address = addressSchema.safeParse(value);
  const { correlation_id: correlationId, reply_to: replyTo } = address.success
    ? address.data
    : { correlation_id: null, reply_to: undefined };
  // A channel whose name Redis would change has no subscriber.
  const isChannel = replyTo?.isWellFormed() === true;
  return { ok: false, correlationId, error, ...(isChannel ? { replyTo } : {}) };
}

function illFormedText(path: readonly PropertyKey[]): ExecError {
  const field = show(fieldName(path)).slice(1, -1);
  return new ExecError(
    'INVALID_REQUEST',
    `${field === '' ? 'The message' : field}: is not well-formed Unicode text: it has half of a surrogate pair. Write whole characters, or send bytes as base64 in input.files.`,
    { context: { field } },
  );
}

const tooManyDigits =
  'The number has more digits than can be kept here. Where text is allowed, write it in quotes; otherwise use at most 15 digits';

function describeIssues(issues: readonly Issue[], value: unknown): ExecError {
  const sentences = issues.map((issue) => {
    const field = fieldName(issue.path);
    const found = valueAt(value, issue.path);
    const where = field === '' ? 'The message' : field;
    if (found === undefined) return `${where}: is missing. ${issue.message}.`;
    if (typeof found !== 'number' && isJsonNumber(found))
      return `${where}: ${show(found)} is not valid. ${tooManyDigits}.`;
    return `${where}: ${show(found)} is not valid. ${issue.message}.`;
  });
  return new ExecError('INVALID_REQUEST', sentences.join(' '));
}
