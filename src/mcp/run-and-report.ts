import type { ExecutionRequest } from '../wire/request/request.ts';
import type { ExecutionResponse } from '../wire/response/response.ts';
import type { ToolCall, ToolContext } from './tools/tool-context.ts';

const reportedCharacters = 500;

/**
 * Runs a request to its end and reports each change of state and what the container prints meanwhile. A call that is
 * canceled cancels its execution.
 */
export async function runAndReport(
  request: ExecutionRequest,
  { client }: ToolContext,
  { signal, report }: ToolCall,
): Promise<ExecutionResponse> {
  // Without the signal: a call that is canceled meanwhile still has to know which execution to cancel.
  const executionId = await client.submit(request);
  const watching = new AbortController();
  const watched = AbortSignal.any([signal, watching.signal]);
  const watch = Promise.all([
    (async () => {
      for await (const { state } of client.events({ executionId, signal: watched })) await report(state);
    })(),
    (async () => {
      for await (const { text } of client.logs(executionId, { signal: watched }))
        await report(text.slice(0, reportedCharacters));
    })(),
    // Progress is a courtesy: where it cannot be had the result still counts.
  ]).catch(() => undefined);
  try {
    return await client.wait(executionId, { signal });
  } catch (error) {
    if (signal.aborted) await client.cancel(executionId);
    throw error;
  } finally {
    watching.abort();
    await watch;
  }
}
