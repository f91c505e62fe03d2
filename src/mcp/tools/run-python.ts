import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { runContainer, runShape } from './run-container.ts';
import type { ToolCall, ToolContext } from './tool-context.ts';

export const runPythonShape = {
  code: z.string().describe('A Python program. print() what the result should show.'),
  image: z.string().optional().describe('Image with python3 and the packages that the program imports.'),
  ...runShape,
};

export const runPythonDescription = `Runs a Python program in a new, isolated container and returns what it printed and the files it left.

No network, so nothing can be installed: only the packages of the image exist. Input files are in /workspace/input. Files that the \
program writes to /workspace/output are listed in the result, and read_file reads them. Nothing else is kept for the next call.`;

const script = '.program.py';

type Arguments = z.infer<z.ZodObject<typeof runPythonShape>>;

export function runPython(
  { code, image, files = [], ...rest }: Arguments,
  context: ToolContext,
  call: ToolCall,
): Promise<CallToolResult> {
  const command = ['python3', '-u', `/workspace/input/${script}`];
  const program = { path: script, content: code };
  return runContainer(
    { ...rest, image: image ?? context.pythonImage, command, files: [...files, program] },
    context,
    call,
  );
}
