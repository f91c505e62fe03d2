import { formatBytes } from '../../support/text/bytes.ts';
import { printable, printableLine } from '../../support/text/printable.ts';
import type { ExecutionResponse, ExecutionResult } from '../../wire/response/response.ts';
import type { Sink } from '../terminal/terminal.ts';
import { describeGraph } from './describe-graph.ts';
import { formatTable } from './text/format-table.ts';

type Colors = Sink['colors'];

/** An answer for people: how it went in one line, then what came of it. */
export function summarizeResponse(response: ExecutionResponse, colors: Colors): string[] {
  const { result } = response;
  return [headline(response, colors), ...(result === undefined ? [] : details(result, colors))];
}

function headline({ success, error, error_code: code, duration, result }: ExecutionResponse, colors: Colors): string {
  if (success) return `${colors.green('✓')} ${colors.bold('Success')} in ${duration}`;
  const exit = result?.exit_code === undefined ? '' : colors.dim(` (exit code ${result.exit_code}, ${duration})`);
  return `${colors.red('✗')} ${colors.bold(code ?? 'Failed')}${exit}  ${printable(error ?? '')}`;
}

function details(result: ExecutionResult, colors: Colors): string[] {
  const { metadata, missing_files: missing = [] } = result;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['steps', stepsOf(result, colors)],
    ['files', formatTable(result.output_files.map((file) => [printableLine(file.name), colors.dim(sizeOf(file))]))],
    ['missing', missing.map((name) => colors.red(printableLine(name)))],
    ['graph', result.graph_update === undefined ? [] : [describeGraph(result.graph_update)]],
    ['uploads', uploadsOf(result, colors)],
    ['phases', [colors.dim(phasesOf(metadata.phases))]],
    ['runtime', [colors.dim(runtimeOf(metadata))]],
    ['warnings', (metadata.warnings ?? []).map((warning) => colors.yellow(printable(warning)))],
  ];
  const rows = sections.flatMap(([label, lines]) =>
    lines.filter((line) => line !== '').map((line, index) => [colors.cyan(index === 0 ? label : ''), line]),
  );
  return formatTable(rows, '  ');
}

function stepsOf({ steps = [] }: ExecutionResult, colors: Colors): string[] {
  return formatTable(
    steps.map(
      ({ exit_code: code, error, ignored, started_at: start, finished_at: end, resource_usage: usage }, index) => {
        const mark = error === undefined ? colors.green('✓') : colors[ignored === true ? 'yellow' : 'red']('✗');
        const facts = [
          formatMilliseconds(Date.parse(end) - Date.parse(start)),
          ...usageOf(usage),
          ...(ignored === true ? ['error ignored'] : []),
        ];
        const exit = code === undefined ? 'did not start' : `exit code ${code}`;
        return [`${mark} ${index + 1}`, exit, colors.dim(facts.join(' · '))];
      },
    ),
  );
}

function sizeOf({ size, truncated }: ExecutionResult['output_files'][number]): string {
  return truncated === true ? `${formatBytes(size)}, too large for the response` : formatBytes(size);
}

const shownUploads = 20;

function uploadsOf({ minio_objects: objects }: ExecutionResult, colors: Colors): string[] {
  const shown = objects.slice(0, shownUploads);
  const rows = shown.map(({ object_name: name, size }) => [printableLine(name), colors.dim(formatBytes(size))]);
  const more = objects.length - shown.length;
  return [...formatTable(rows), ...(more > 0 ? [colors.dim(`and ${more} more`)] : [])];
}

function phasesOf(phases: ExecutionResult['metadata']['phases']): string {
  return Object.entries(phases)
    .filter(([phase, ms]) => phase !== 'queued' || ms !== 0)
    .map(([phase, ms = 0]) => `${phase} ${formatMilliseconds(ms)}`)
    .join(' · ');
}

function formatMilliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function runtimeOf({ runtime, image_digest: digest, resource_usage: usage }: ExecutionResult['metadata']): string {
  const parts = [runtime, digest === undefined ? undefined : `image ${shortDigest(digest)}`, ...usageOf(usage)];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function usageOf({ memory_peak_bytes: peak, cpu_seconds: cpu }: ExecutionResult['metadata']['resource_usage'] = {}) {
  return [
    ...(peak === undefined ? [] : [`peak ${formatBytes(peak)}`]),
    ...(cpu === undefined ? [] : [`cpu ${cpu.toFixed(1)} s`]),
  ];
}

/** `sha256:` and the first twelve digits: enough to recognise it. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}
