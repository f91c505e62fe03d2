/** A piece of what a step of a pod wrote. */
export interface StoredOutput {
  readonly stream: 'stdout' | 'stderr';
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly data: Buffer;
  /** Where the next output begins. */
  readonly position: number;
}

const headerBytes = 24;

/** One piece of output as it is sent to an agent: the stream, its bytes, the time, the position after it, the bytes. */
export function encodeOutput({ stream, time, data, position }: StoredOutput): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(stream === 'stdout' ? 1 : 2, 0);
  header.writeUInt32LE(data.length, 4);
  header.writeBigUInt64LE(time, 8);
  header.writeBigUInt64LE(BigInt(position), 16);
  return Buffer.concat([header, data]);
}

/** The pieces that another end encoded. @throws RangeError for what is not of that form, or ends within a piece */
export async function* decodeOutput(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<StoredOutput> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes) {
      const [stream, bytes] = [rest.readUInt32LE(0), rest.readUInt32LE(4)];
      if (stream < 1 || stream > 2 || bytes > maxBytes) throw new RangeError('this is no output of a pod');
      if (rest.length < headerBytes + bytes) break;
      yield {
        stream: stream === 1 ? 'stdout' : 'stderr',
        time: rest.readBigUInt64LE(8),
        position: Number(rest.readBigUInt64LE(16)),
        data: rest.subarray(headerBytes, headerBytes + bytes),
      };
      rest = rest.subarray(headerBytes + bytes);
    }
  }
  if (rest.length > 0) throw new RangeError('the output of a pod ends within a piece');
}
