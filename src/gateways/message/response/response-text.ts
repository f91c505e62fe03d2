import { joinFields } from '../../../support/json/join-fields.ts';
import { stringifyJson } from '../../../support/json/json.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import { smallText } from '../../../support/text/convert-in-turns.ts';
import { nextTurn } from '../../../support/time/next-turn.ts';
import type { ExecutionResponse, ExecutionResult } from '../../../wire/response/response.ts';

export interface ResponseTextOptions {
  readonly maxBytes: number;
  /** JSON text that takes the place of `graph_update`. */
  readonly graph?: string | undefined;
}

/**
 * The response as JSON text. The collector leaves room for the rest; if a response is too large all the same, it loses
 * contents, then everything that can be long, and reports it. Others run while a long one is written.
 */
export async function responseText(
  response: ExecutionResponse,
  { maxBytes, graph }: ResponseTextOptions,
): Promise<string> {
  if ((response.result?.output_files.length ?? 0) > manyFiles) await nextTurn();
  const text = textOf(response, graph);
  if (text.length > smallText) await nextTurn();
  const size = Buffer.byteLength(text);
  if (size <= maxBytes) return text;
  const warning = `Parts are left out: the answer would have had ${formatBytes(size)}, at most ${formatBytes(maxBytes)} are allowed (EXEC_MESSAGE_MAX). Set output.minio_upload to get large files.`;
  const lighter = textOf({ ...response, ...withResult(response, withoutContents, [warning]) });
  if (Buffer.byteLength(lighter) <= maxBytes) return lighter;
  const { error } = response;
  const shortError = error === undefined ? {} : { error: error.slice(0, longestError) };
  return textOf({ ...response, ...shortError, ...withResult(response, bare, [warning]) });
}

const longestError = 4096;

/** Making the entries of more files takes milliseconds. */
const manyFiles = 1000;

/** Only the graph has numbers that JavaScript would write differently. */
function textOf(response: ExecutionResponse, graph?: string): string {
  const { result } = response;
  if (result?.graph_update === undefined) return JSON.stringify(response);
  return joinFields(response, {
    result: joinFields(result, { graph_update: graph ?? stringifyJson(result.graph_update) }),
  });
}

function withResult(
  { result }: ExecutionResponse,
  change: (result: ExecutionResult) => ExecutionResult,
  more: readonly string[],
): { result?: ExecutionResult } {
  if (result === undefined) return {};
  const { metadata, ...rest } = change(result);
  return { result: { ...rest, metadata: { ...metadata, warnings: [...(metadata.warnings ?? []), ...more] } } };
}

function withoutContents({ graph_update: _, ...result }: ExecutionResult): ExecutionResult {
  const files = result.output_files.map(({ content, ...file }) =>
    content === undefined ? file : { ...file, truncated: true as const },
  );
  return { ...result, output_files: files };
}

function bare({ exit_code: exitCode, steps, ref, metadata }: ExecutionResult): ExecutionResult {
  const { warnings: _, ...facts } = metadata;
  return {
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
    ...(steps === undefined ? {} : { steps: steps.map(({ why: _, error: __, ...step }) => step) }),
    output: '',
    output_files: [],
    minio_objects: [],
    ...(ref === undefined ? {} : { ref }),
    metadata: facts,
  };
}
