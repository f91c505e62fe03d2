import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { ClientError } from '../client/browser.ts';
import { executionResultSchema } from './execution-result.ts';
import { getExecution, getExecutionDescription, getExecutionShape } from './tools/get-execution.ts';
import { listImages, listImagesDescription } from './tools/list-images.ts';
import { readFile, readFileDescription, readFileShape } from './tools/read-file.ts';
import { runContainer, runContainerDescription, runContainerShape } from './tools/run-container.ts';
import { runPython, runPythonDescription, runPythonShape } from './tools/run-python.ts';
import type { ToolCall, ToolContext } from './tools/tool-context.ts';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

const running = { destructiveHint: false, idempotentHint: false, openWorldHint: false };
const reading = { readOnlyHint: true, openWorldHint: false };

/** A server of the Model Context Protocol (modelcontextprotocol.io, 2025-06-18) whose tools run containers on an agent. */
export function createMcpServer(context: ToolContext, version: string): McpServer {
  const server = new McpServer({ name: 'exec-agent', title: 'Exec Agent', version });
  const { pythonImage } = context;
  server.registerTool(
    'run_container',
    {
      description: runContainerDescription,
      inputSchema: runContainerShape,
      outputSchema: executionResultSchema,
      annotations: running,
    },
    (args, extra) => answer(() => runContainer(args, context, callOf(extra))),
  );
  server.registerTool(
    'run_python',
    {
      description: `${runPythonDescription}\n\nDefault image: ${pythonImage}.`,
      inputSchema: runPythonShape,
      outputSchema: executionResultSchema,
      annotations: running,
    },
    (args, extra) => answer(() => runPython(args, context, callOf(extra))),
  );
  server.registerTool(
    'get_execution',
    {
      description: getExecutionDescription,
      inputSchema: getExecutionShape,
      outputSchema: executionResultSchema,
      annotations: reading,
    },
    (args, extra) => answer(() => getExecution(args, context, callOf(extra))),
  );
  server.registerTool(
    'read_file',
    { description: readFileDescription, inputSchema: readFileShape, annotations: reading },
    (args, extra) => answer(() => readFile(args, context, callOf(extra))),
  );
  server.registerTool('list_images', { description: listImagesDescription, annotations: reading }, (extra) =>
    answer(() => listImages(context, callOf(extra))),
  );
  return server;
}

/** A refusal of the agent is a result that the model can read and act on. */
async function answer(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const code = error.code === undefined ? '' : `${error.code}: `;
    return { content: [{ type: 'text', text: `${code}${error.message}` }], isError: true };
  }
}

function callOf({ signal, _meta, sendNotification }: Extra): ToolCall {
  const progressToken = _meta?.progressToken;
  let progress = 0;
  return {
    signal,
    async report(message) {
      if (progressToken === undefined) return;
      progress += 1;
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, message } });
    },
  };
}
