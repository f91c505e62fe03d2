import type { CompletedPart } from '@aws-sdk/client-s3';
import { ExecError } from '../../../support/exec-error.ts';
import { formatBytes } from '../../../support/text/bytes.ts';
import type { S3Connection } from '../connect-s3.ts';
import { crc32Text } from '../content-check.ts';
import { type S3Object, showName } from '../s3-object.ts';
import type { AbandonedUploads } from './abandoned-uploads.ts';
import { checkReceived } from './check-received.ts';
import { type ChunkReader, contentOf, emptyPart, isFull, type Part } from './chunk-reader.ts';
import { combineCrc32 } from './combine-crc32.ts';
import { completeUpload } from './complete-upload.ts';
import { createUpload, type SentParts, type Upload } from './create-upload.ts';
import type { PartBuffers } from './part-buffers.ts';

export interface PartsPut {
  readonly s3: S3Connection;
  readonly object: S3Object;
  readonly reader: ChunkReader;
  readonly buffers: PartBuffers;
  readonly abandoned: AbandonedUploads;
  /** Ends the whole put, its source included. */
  readonly abort: AbortController;
}

/**
 * Puts an object in parts, several at once; a failed one leaves neither an object nor parts.
 * @param first the first part, full, of the shared buffers; given back
 * @returns its size in bytes
 */
export async function putParts(put: PartsPut, first: Part): Promise<number> {
  const { s3, object, abort, abandoned } = put;
  const upload = await createUpload(s3, object, abort.signal).catch((error: unknown) => {
    put.buffers.give(first.buffer);
    throw error;
  });
  try {
    const sent = await sendParts(put, upload, first);
    await completeUpload(s3, object, upload, sent, abort.signal);
    return sent.size;
  } catch (error) {
    await abandoned.remove({ object, id: upload.id });
    throw error;
  }
}

async function sendParts(put: PartsPut, upload: Upload, first: Part): Promise<SentParts> {
  const { reader, buffers, abort } = put;
  const sending: Promise<CompletedPart | undefined>[] = [];
  let size = 0;
  let crc = 0;
  const send = (part: Part) => {
    size += part.length;
    crc = combineCrc32(crc, part.crc, part.length);
    const sent = sendPart(put, upload, part, sending.length + 1)
      // The others need not go on, nor the source.
      .catch((error: unknown) => void abort.abort(error))
      .finally(() => buffers.give(part.buffer));
    sending.push(sent);
  };
  try {
    send(first);
    for (let isLast = false; !isLast; ) {
      const buffer = await buffers.take(abort.signal);
      const part = await reader.fill(emptyPart(buffer)).catch((error: unknown) => {
        buffers.give(buffer);
        throw error;
      });
      isLast = !isFull(part);
      const fits = sending.length < put.s3.limits.maxParts;
      if (part.length > 0 && fits) send(part);
      else buffers.give(buffer);
      if (part.length > 0 && !fits) throw tooLarge(put);
    }
  } catch (error) {
    abort.abort(error);
  }
  const parts = await Promise.all(sending);
  abort.signal.throwIfAborted();
  return { parts: parts.filter((part) => part !== undefined), size, crc: crc32Text(crc) };
}

async function sendPart(
  { s3, object, abort: { signal } }: PartsPut,
  { id }: Upload,
  part: Part,
  number: number,
): Promise<CompletedPart> {
  const body = contentOf(part);
  const crc = crc32Text(part.crc);
  const place = { Bucket: object.bucket, Key: object.name, UploadId: id, PartNumber: number };
  return s3.ask({ ...object, action: 'write' }, signal, async () => {
    const command = new s3.sdk.UploadPartCommand({ ...place, Body: body, ChecksumCRC32: crc });
    const answer = await s3.client.send(command, { abortSignal: signal });
    checkReceived(s3, answer, { body, crc });
    const { ETag, ChecksumCRC32 } = answer;
    return { PartNumber: number, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
  });
}

function tooLarge({ object, s3 }: PartsPut): ExecError {
  const { partBytes, maxParts } = s3.limits;
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    `${showName(object.name)} is larger than ${formatBytes(maxParts * partBytes)}, the most that an upload in parts of ${formatBytes(partBytes)} can be. Raise EXEC_S3_PART_SIZE.`,
  );
}
