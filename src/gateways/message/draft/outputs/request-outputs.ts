import { describePathProblem } from '../../../../support/files/container-path.ts';
import type { Output } from '../../../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../../../wire/request/request.ts';
import { invalidField } from '../../request/invalid-request.ts';
import { contentFields } from '../../response/content-entries.ts';
import { layout } from '../workspace-layout.ts';
import { belowOutput } from './below-output.ts';
import { uploadsOf } from './request-uploads.ts';

/** @throws ExecError INVALID_REQUEST for an expected file that lies outside the output directory */
export function outputsOf({ output = {} }: ExecutionRequest, executionId: string): Output[] {
  const links = output.follow_links === true ? ({ links: 'inside' } as const) : {};
  const outputs: Output[] = (output.expected_files ?? []).map((expected, index) => {
    const origin = `output.expected_files[${index}]`;
    const { path, optional = false } = typeof expected === 'string' ? { path: expected } : expected;
    const field = typeof expected === 'string' ? origin : `${origin}.path`;
    return {
      kind: 'files',
      origin,
      root: layout.output,
      pattern: patternBelowOutput(field, path),
      required: !optional,
      ...links,
    };
  });
  if (output.graph_update === true || output.graph_update === 'optional')
    outputs.push({
      kind: 'graph',
      origin: 'output.graph_update',
      path: layout.graphUpdate,
      ...(output.graph_update === 'optional' ? { optional: true } : {}),
    });
  if (output.minio_upload === true)
    outputs.push({
      kind: 'upload',
      origin: 'output.minio_upload',
      root: layout.output,
      prefix: `executions/${executionId}/output`,
      ...links,
    });
  if (output.upload_to !== undefined)
    outputs.push(...uploadsOf(output.upload_to).map((upload) => ({ ...upload, ...links })));
  if (outputs.length > 0)
    outputs.push({
      kind: 'overflow',
      origin: 'output',
      name: `executions/${executionId}/answer.json`,
      fields: contentFields,
    });
  return [...outputs, { kind: 'rest', origin: 'output', root: layout.output }];
}

/** Every spelling of the output directory stands for all files in it. */
function patternBelowOutput(field: string, pattern: string): string {
  const below = belowOutput(pattern);
  if ('path' in below) return below.path;
  if (below.problem === 'empty') return './';
  throw invalidField(
    field,
    pattern,
    `${describePathProblem(below.problem)}. Write a path or glob relative to ${layout.output}, without "..".`,
  );
}
