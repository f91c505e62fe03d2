import { IncomingMessage } from 'node:http';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { ExecError } from '../../../support/exec-error.ts';
import type { S3Connection } from '../connect-s3.ts';
import type { S3Object } from '../s3-object.ts';

export interface Content {
  readonly answer: GetObjectCommandOutput;
  readonly stream: IncomingMessage;
  /** Bytes of the whole object. */
  readonly size: number;
}

/** Asks for a whole object. @throws ExecError */
export async function openContent(s3: S3Connection, object: S3Object, signal: AbortSignal): Promise<Content> {
  return send(s3, object, signal, {});
}

/**
 * Asks for an object from a byte on that is not its first one; undefined when the object has no byte there. The size is that of
 * the whole object. @throws ExecError
 */
export async function openFrom(
  s3: S3Connection,
  object: S3Object,
  signal: AbortSignal,
  offset: number,
): Promise<Content | undefined> {
  const part = await send(s3, object, signal, { Range: `bytes=${offset}-` }).catch((error: unknown) => {
    // The kind of a range that is not satisfiable: nothing else of an object without conditions can have changed.
    if (error instanceof ExecError && error.context.kind === 'changed') return undefined;
    throw error;
  });
  if (part === undefined) return undefined;
  const size = Number(/^bytes \d+-\d+\/(\d+)$/.exec(part.answer.ContentRange ?? '')?.[1]);
  if (size === offset + part.size) return { ...part, size };
  part.stream.destroy();
  throw s3.failure('other', { ...object, action: 'read' }, 'it did not return the part that was asked for');
}

/** Asks for what is left of an object from a position on. @throws ExecError, also when it is no longer the same object */
export async function openRest(
  s3: S3Connection,
  object: S3Object,
  signal: AbortSignal,
  { whole, from }: { readonly whole: Content; readonly from: number },
): Promise<Content> {
  const { ETag: etag } = whole.answer;
  const changed = () => s3.failure('changed', { ...object, action: 'read' });
  const conditions = { Range: `bytes=${from}-`, ...(etag === undefined ? {} : { IfMatch: etag }) };
  const rest = await send(s3, object, signal, conditions).catch((error: unknown) => {
    throw error instanceof ExecError && error.code === 'INPUT_NOT_FOUND' ? changed() : error;
  });
  if (rest.size + from === whole.size && rest.answer.ETag === etag) return rest;
  // Destroy a body that is not read, or its connection stays in use.
  rest.stream.destroy();
  throw changed();
}

async function send(
  s3: S3Connection,
  { bucket, name }: S3Object,
  signal: AbortSignal,
  conditions: { readonly Range?: string; readonly IfMatch?: string },
): Promise<Content> {
  const request = { bucket, name, action: 'read' } as const;
  const answer = await s3.ask(request, signal, () =>
    s3.client.send(new s3.sdk.GetObjectCommand({ Bucket: bucket, Key: name, ...conditions }), { abortSignal: signal }),
  );
  const { Body: stream, ContentLength: size } = answer;
  if (stream instanceof IncomingMessage && size !== undefined) return { answer, stream, size };
  throw s3.failure('other', request, 'it did not say how large the object is');
}
