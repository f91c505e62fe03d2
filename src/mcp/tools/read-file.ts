import { isUtf8 } from 'node:buffer';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { ToolCall, ToolContext } from './tool-context.ts';

export const readFileShape = {
  execution_id: z.string(),
  name: z.string().describe('As in the files of the result, such as plots/a.png.'),
  from: z.number().int().nonnegative().optional().describe('Byte to begin at. Default: 0.'),
};

export const readFileDescription =
  'Reads a file that an execution left in /workspace/output: text as text, PNG, JPEG, GIF and WebP as an image, other files as base64.';

/** Base64 of more is no use to a model. */
const imageBytes = 2 * 1024 * 1024;
const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

type Arguments = z.infer<z.ZodObject<typeof readFileShape>>;

export async function readFile(
  { execution_id, name, from = 0 }: Arguments,
  { client, textLimit }: ToolContext,
  { signal }: ToolCall,
): Promise<CallToolResult> {
  const listed = (await client.files(execution_id, { signal })).files.find((file) => file.name === name);
  const type = listed?.content_type.split(';')[0] ?? '';
  const size = listed?.size ?? 0;
  const isImage = imageTypes.includes(type) && size <= imageBytes && from === 0;
  const response = await client.file(execution_id, name, { signal });
  const bytes = await readPart(response, from, isImage ? imageBytes : textLimit);
  if (isImage) return { content: [{ type: 'image', data: bytes.toString('base64'), mimeType: type }] };
  const { text, length, isText } = decode(bytes);
  const end = from + length;
  const facts = `${name}, ${isText ? 'text' : 'base64'}, bytes ${from} to ${end} of ${size}`;
  const more = end < size ? `; continue with from ${end}` : '';
  return { content: [{ type: 'text', text: `[${facts}${more}]\n${text}` }] };
}

/** Reads no more of the body than that. */
async function readPart({ body }: Response, from: number, length: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let position = 0;
  for await (const piece of body ?? []) {
    const wanted = piece.subarray(Math.max(0, from - position), Math.max(0, from + length - position));
    if (wanted.length > 0) pieces.push(wanted);
    position += piece.length;
    if (position >= from + length) break;
  }
  return Buffer.concat(pieces);
}

interface Decoded {
  readonly text: string;
  /** Bytes that the text stands for: a character that is cut at the end belongs to the next part. */
  readonly length: number;
  readonly isText: boolean;
}

/** Text as it is, anything else as base64. */
function decode(bytes: Buffer): Decoded {
  for (const dropped of [0, 1, 2, 3]) {
    const whole = bytes.subarray(0, Math.max(0, bytes.length - dropped));
    if (isUtf8(whole) && !whole.includes(0)) return { text: whole.toString(), length: whole.length, isText: true };
  }
  return { text: bytes.toString('base64'), length: bytes.length, isText: false };
}
