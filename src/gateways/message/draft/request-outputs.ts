import { describePathProblem } from '../../../support/files/container-path.ts';
import type { Output } from '../../../wire/plan.ts';
import type { ExecutionRequest } from '../../../wire/request.ts';
import { invalidField } from '../request/invalid-request.ts';
import { belowOutput } from './below-output.ts';
import { uploadsOf } from './request-uploads.ts';
import { layout } from './workspace-layout.ts';

/** @throws ExecError INVALID_REQUEST for an expected file that lies outside the output directory */
export function outputsOf({ output = {} }: ExecutionRequest, executionId: string): Output[] {
  const outputs: Output[] = (output.expected_files ?? []).map((pattern, index) => {
    const origin = `output.expected_files[${index}]`;
    return { kind: 'files', origin, root: layout.output, pattern: patternBelowOutput(origin, pattern), required: true };
  });
  if (output.graph_update === true)
    outputs.push({ kind: 'graph', origin: 'output.graph_update', path: layout.graphUpdate });
  if (output.minio_upload === true)
    outputs.push({
      kind: 'upload',
      origin: 'output.minio_upload',
      root: layout.output,
      prefix: `executions/${executionId}/output`,
    });
  if (output.upload_to !== undefined) outputs.push(...uploadsOf(output.upload_to));
  if (outputs.length > 0)
    outputs.push({ kind: 'overflow', origin: 'output', name: `executions/${executionId}/answer.json` });
  return outputs;
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
