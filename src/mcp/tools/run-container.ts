import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import { describeResponse } from '../execution-result.ts';
import { runAndReport } from '../run-and-report.ts';
import { type ToolCall, type ToolContext, toResult } from './tool-context.ts';

const fileSchema = z.object({
  path: z.string().describe('Relative to /workspace/input.'),
  content: z.string(),
  encoding: z.enum(['utf8', 'base64']).optional(),
});

/** What every run may ask for. */
export const runShape = {
  files: z.array(fileSchema).max(100).optional().describe('Files to write below /workspace/input before the start.'),
  environment: z.record(z.string(), z.string()).optional(),
  timeout: z.number().positive().optional().describe('Seconds the container may run. Default: 300.'),
  memory: z.string().optional().describe('Memory limit such as 512m (the default) or 2g.'),
};

export const runContainerShape = {
  image: z.string().describe('Image to run, such as alpine:latest. list_images shows those that need no pull.'),
  command: z
    .array(z.string())
    .optional()
    .describe('Program and arguments as a list. For a shell line: ["sh", "-c", "…"]. Default: that of the image.'),
  ...runShape,
};

export const runContainerDescription = `Runs a command in a new, isolated container and returns its exit code, output and the files it left.

The container has no network. It reads its inputs in /workspace/input and starts in /workspace. Write results to /workspace/output: \
those files are listed in the result, and read_file reads them. Everything else is deleted when the command ends; the next call starts \
from a new container. A command that fails is a result with an exit code, not an error of the tool.`;

type Arguments = z.infer<z.ZodObject<typeof runContainerShape>>;

export async function runContainer(
  { image, command, files, environment, timeout, memory }: Arguments,
  context: ToolContext,
  call: ToolCall,
): Promise<CallToolResult> {
  const request: ExecutionRequest = {
    container: {
      image,
      ...(command === undefined ? {} : { command }),
      ...(memory === undefined ? {} : { resources: { memory } }),
    },
    input: { files: files?.map(({ path, ...file }) => ({ name: path, ...file })) ?? [] },
    output: { expected_files: [{ path: './', optional: true }] },
    ...(environment === undefined ? {} : { environment }),
    ...(timeout === undefined ? {} : { timeout }),
  };
  return toResult(describeResponse(await runAndReport(request, context, call), context.textLimit));
}
