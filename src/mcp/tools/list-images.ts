import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { type ToolCall, type ToolContext, toResult } from './tool-context.ts';

export const listImagesDescription =
  'Lists the images that the agent has. Others may be pulled when a container needs them, if the policy allows it.';

const listed = 200;

export async function listImages(context: ToolContext, { signal }: ToolCall): Promise<CallToolResult> {
  const images = await context.client.images({ signal });
  const shown = images.slice(0, listed).map(({ references, size_bytes }) => ({ references, size_bytes }));
  return toResult({ images: shown, ...(images.length > listed ? { left_out: images.length - listed } : {}) });
}
