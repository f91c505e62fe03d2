import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { cutPage } from '../cut-text.ts';
import { describeResponse } from '../execution-result.ts';
import { type ToolCall, type ToolContext, toResult } from './tool-context.ts';

export const getExecutionShape = {
  execution_id: z.string(),
  output_from: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Position in the output to read on from, in characters, as an earlier result named it.'),
};

export const getExecutionDescription =
  'Returns the state of an execution and, once it has finished, its result. With output_from: the output from that position on.';

type Arguments = z.infer<z.ZodObject<typeof getExecutionShape>>;

export async function getExecution(
  { execution_id, output_from }: Arguments,
  { client, textLimit }: ToolContext,
  { signal }: ToolCall,
): Promise<CallToolResult> {
  const { state, response, ...execution } = await client.get(execution_id, { signal });
  if (response === undefined) return toResult({ execution_id: execution.execution_id, state });
  const result = describeResponse(response, textLimit);
  if (output_from === undefined) return toResult(result);
  const { text, length, resumeAt } = cutPage(response.result?.output ?? '', output_from, textLimit);
  const more = resumeAt === undefined ? '' : `\n[… continues at output_from ${resumeAt} …]`;
  return toResult({ ...result, output: `${text}${more}`, output_length: length });
}
