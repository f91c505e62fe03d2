import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { HttpClient } from '../../client/browser.ts';

/** What a tool works with: an agent, with the rights of one token. */
export interface ToolContext {
  readonly client: HttpClient;
  /** Image of `run_python` when the caller names none. */
  readonly pythonImage: string;
  /** Characters of output or of a file in one result; longer ones are cut. */
  readonly textLimit: number;
}

/** How a call of a tool is watched and ended. */
export interface ToolCall {
  /** Aborted when the caller cancels the call or disconnects. */
  readonly signal: AbortSignal;
  /** Tells the caller how it goes, if the caller wants to know. */
  readonly report: (message: string) => Promise<void>;
}

/** Input and output are JSON for programs; the text says the same to a model. */
export function toResult(value: Readonly<Record<string, unknown>>, isError = false): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(value, undefined, 1) }],
    structuredContent: value,
    ...(isError ? { isError } : {}),
  };
}
