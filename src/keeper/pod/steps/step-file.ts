import { type FileHandle, open } from 'node:fs/promises';
import type { StoredOutput } from '../../../runtimes/beside/output-frames.ts';
import { decodeEvent, type HoldEvent, type RawEvent } from '../../hold/hold-events.ts';

/** All that one step's `hold` has reported, on disk. What is in it was acknowledged or will be sent again. */
export interface StepFile {
  /** Number of the newest event; 0 for none. */
  newest(): bigint;
  /** The events other than output, in order. */
  events(): readonly HoldEvent[];
  /** Bytes of output that had no room. */
  droppedBytes(): number;
  /** When something was last written, in milliseconds since 1970. */
  changedAt(): Promise<number>;
  /** Writes the next event. Output that goes beyond the bound is counted and not kept. */
  append(event: RawEvent): Promise<void>;
  /** The output from a position on, as far as it was written when this began. */
  output(position: number): AsyncGenerator<StoredOutput>;
  close(): Promise<void>;
}

// Each event has the header that line.h describes.
const headerBytes = 16;
const timeBytes = 8;
/** Of this file alone, always last: how much output was dropped, overwritten with each further event that has no room. */
const droppedKind = 'D';
const longestBody = 1024 * 1024;

/**
 * Opens a step's file, or makes it. What a crash left unfinished at its end is cut off: it was not acknowledged.
 * @param logBytes bound of stdout and stderr together
 * @throws Error when the file holds what was never written by this
 */
export async function openStepFile(path: string, logBytes: number): Promise<StepFile> {
  const file = await open(path, 'a').then(async (made) => {
    await made.close();
    return open(path, 'r+');
  });
  try {
    const found = await scan(file);
    await file.truncate(found.end);
    return stepFileOf(file, logBytes, found);
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Found {
  newest: bigint;
  readonly events: HoldEvent[];
  outputBytes: number;
  dropped: number;
  /** Where a `D` begins that the next one overwrites; undefined: the last event is another. */
  droppedAt: number | undefined;
  end: number;
}

function stepFileOf(file: FileHandle, logBytes: number, found: Found): StepFile {
  /** A crash leaves all of it or none: what is joined to an event that is missing is not read. */
  const store = async (events: readonly RawEvent[], at: number) => {
    const bytes = Buffer.concat(events.map((event, index) => encode(event, index < events.length - 1)));
    await writeAt(file, bytes, at);
    found.end = at + bytes.length;
    const last = events.at(-1);
    found.droppedAt = last?.kind === droppedKind ? found.end - headerBytes - last.body.length : undefined;
  };
  const dropped = (number: bigint, bytes: number): RawEvent => {
    const body = Buffer.alloc(8);
    body.writeBigUInt64LE(BigInt(found.dropped + bytes));
    return { kind: droppedKind, number, body };
  };
  const appendOutput = async (event: RawEvent, bytes: number) => {
    const kept = Math.min(Math.max(0, logBytes - found.outputBytes), bytes);
    const rest = kept < bytes ? [dropped(event.number, bytes - kept)] : [];
    if (kept === 0 && rest.length > 0) await store(rest, found.droppedAt ?? found.end);
    else await store([{ ...event, body: event.body.subarray(0, timeBytes + kept) }, ...rest], found.end);
    found.outputBytes += kept;
    found.dropped += bytes - kept;
  };
  return {
    newest: () => found.newest,
    events: () => found.events,
    droppedBytes: () => found.dropped,
    changedAt: async () => (await file.stat()).mtimeMs,
    async append(event) {
      if (event.number !== found.newest + 1n)
        throw new RangeError(`event ${event.number} does not follow ${found.newest}`);
      const decoded = decodeEvent(event.kind, event.body);
      if (decoded.kind === 'output') await appendOutput(event, decoded.data.length);
      else {
        await store([event], found.end);
        found.events.push(decoded);
      }
      found.newest = event.number;
    },
    async *output(position) {
      const { end } = found;
      for await (const { kind, body, next } of readEvents(file, position, end)) {
        const event = kind === droppedKind ? undefined : decodeEvent(kind, body);
        if (event?.kind === 'output')
          yield { stream: event.stream, time: event.time, data: event.data, position: next };
      }
    },
    close: () => file.close(),
  };
}

async function scan(file: FileHandle): Promise<Found> {
  const { size } = await file.stat();
  const found: Found = { newest: 0n, events: [], outputBytes: 0, dropped: 0, droppedAt: undefined, end: 0 };
  let joinedBytes = 0;
  for await (const { kind, number, body, next, isJoined } of readEvents(file, 0, size)) {
    const event = kind === droppedKind ? undefined : decodeEvent(kind, body);
    if (event?.kind === 'output') joinedBytes += event.data.length;
    if (isJoined) continue;
    found.outputBytes += joinedBytes;
    joinedBytes = 0;
    found.droppedAt = event === undefined ? next - headerBytes - body.length : undefined;
    if (event === undefined) found.dropped = Number(body.readBigUInt64LE());
    else if (event.kind !== 'output') found.events.push(event);
    found.newest = number;
    found.end = next;
  }
  return found;
}

interface ReadEvent extends RawEvent {
  /** Where the next one begins. */
  readonly next: number;
  /** Counts only together with the next one. */
  readonly isJoined: boolean;
}

/** Whole events up to the end. */
async function* readEvents(file: FileHandle, from: number, end: number): AsyncGenerator<ReadEvent> {
  for (let at = from; at + headerBytes <= end; ) {
    const header = await readAt(file, at, headerBytes);
    const bytes = header.readUInt32LE(4);
    if (bytes > longestBody) throw new RangeError(`the file of a step has an event of ${bytes} bytes`);
    const next = at + headerBytes + bytes;
    if (next > end) return;
    const body = await readAt(file, at + headerBytes, bytes);
    yield {
      kind: header.toString('latin1', 0, 1),
      number: header.readBigUInt64LE(8),
      body,
      next,
      isJoined: header[1] === 1,
    };
    at = next;
  }
}

function encode({ kind, number, body }: RawEvent, isJoined: boolean): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write(kind, 'latin1');
  header.writeUInt8(isJoined ? 1 : 0, 1);
  header.writeUInt32LE(body.length, 4);
  header.writeBigUInt64LE(number, 8);
  return Buffer.concat([header, body]);
}

async function readAt(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let have = 0;
  while (have < bytes) {
    const { bytesRead } = await file.read(buffer, have, bytes - have, at + have);
    if (bytesRead === 0) throw new RangeError('the file of a step is shorter than it was');
    have += bytesRead;
  }
  return buffer;
}

async function writeAt(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
