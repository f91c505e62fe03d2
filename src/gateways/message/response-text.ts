import { formatBytes } from '../../support/bytes.ts';
import { stringifyJson } from '../../support/json.ts';
import type { ExecutionResponse } from '../../wire/response.ts';

type OutputFile = NonNullable<ExecutionResponse['result']>['output_files'][number];

/** The answer as JSON text; one larger than a message may be loses file contents, never facts. */
export function responseText(response: ExecutionResponse, { maxBytes }: { readonly maxBytes: number }): string {
  const text = stringifyJson(response);
  if (Buffer.byteLength(text) <= maxBytes || response.result === undefined) return text;
  const { result } = response;
  const warning = `File contents are left out: the answer would have had ${formatBytes(Buffer.byteLength(text))}, at most ${formatBytes(maxBytes)} are allowed. Set output.minio_upload to get large files.`;
  return stringifyJson({
    ...response,
    result: {
      ...result,
      output_files: result.output_files.map(withoutContent),
      metadata: { ...result.metadata, warnings: [...(result.metadata.warnings ?? []), warning] },
    },
  });
}

function withoutContent({ content: _, ...file }: OutputFile): OutputFile {
  return { ...file, truncated: true };
}
