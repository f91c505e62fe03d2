import { malformed, type Problem, problem } from '../../problem.ts';
import type { BodyLimits, BodyReceiver } from '../exchange.ts';
import type { ConnectionClock } from '../time/connection-clock.ts';
import { createPatience } from '../time/patience.ts';
import { createBodyReader } from './body-reader.ts';

/** The body of the request that is read on a connection, on its way to who receives it. */
export interface BodyTaking {
  /** A request has begun. @param body its length in bytes, or `chunked` */
  begin(body: number | 'chunked'): void;
  /** All of it has come. */
  readonly done: boolean;
  /** Somebody wants more of it now. */
  readonly isWanted: boolean;
  /** Whether more than so many bytes are announced to come. */
  isLongerThan(bytes: number): boolean;
  /** From here on it goes there. */
  give(receiver: BodyReceiver, limits: BodyLimits): void;
  /** The receiver wants more again. @returns false when it had not asked to wait */
  resume(): boolean;
  /**
   * Passes on what belongs to it.
   * @param count called with the length of each piece, before it is passed on
   * @returns how many bytes that were; undefined when nobody wants them, or no longer
   */
  take(bytes: Buffer, count: (bytes: number) => void): number | Problem | undefined;
  /** Nobody wants the rest. */
  drop(): void;
  /** Tells the receiver that the body is complete. */
  finish(): void;
}

export function createBodyTaking(clock: ConnectionClock): BodyTaking {
  let reader = createBodyReader(0);
  let receiver: BodyReceiver | undefined;
  let limits: BodyLimits | undefined;
  let bytesLeft = 0;
  const patience = createPatience();
  let paused = false;

  function take(bytes: Buffer, count: (bytes: number) => void): number | Problem | undefined {
    if (receiver === undefined || paused) return undefined;
    const to = receiver;
    patience.endPause();
    const taken = reader.read(bytes, (data) => {
      bytesLeft -= data.length;
      // It is dropped when the receiver ends the connection.
      if (bytesLeft < 0 || receiver === undefined) return;
      count(data.length);
      patience.earn(data.length);
      if (!to.data(data)) paused = true;
    });
    if (receiver === undefined) return undefined;
    if (taken === undefined) return malformed('The body is not in chunks, as its header says.');
    if (bytesLeft < 0) return bodyTooLarge(limits?.bytes ?? 0);
    if (!reader.done && limits?.whole === false) clock.expectWithin(paused ? undefined : patience.beginPause());
    return taken;
  }

  return {
    begin(body) {
      reader = createBodyReader(body);
    },
    get done() {
      return reader.done;
    },
    get isWanted() {
      return receiver !== undefined && !paused;
    },
    isLongerThan: (bytes) => (reader.left ?? 0) > bytes,
    give(to, within) {
      receiver = to;
      limits = within;
      bytesLeft = within.bytes;
      paused = false;
      patience.begin(within);
      clock.expectWithin(patience.beginPause());
    },
    resume() {
      if (!paused) return false;
      paused = false;
      if (limits?.whole === false) clock.expectWithin(patience.beginPause());
      return true;
    },
    take,
    drop() {
      receiver = undefined;
    },
    finish() {
      const to = receiver;
      receiver = undefined;
      paused = false;
      to?.end();
    },
  };
}

export function bodyTooLarge(bytes: number): Problem {
  return problem(413, 'BODY_TOO_LARGE', `The body is larger than the ${bytes} bytes that this call may send.`);
}
