import type { RequestHead } from './head/parse-request-head.ts';

/** One request on a connection and the answer to it; worth nothing once it is over. */
export interface Exchange {
  readonly head: RequestHead;
  readonly client: Client;
  /** Status of the answer; 0 before it begins. */
  status: number;
  /** Bytes of the bodies, either way. */
  bytesIn: number;
  bytesOut: number;
  over: boolean;
  /** The client can take more of the answer. */
  onDrain: (() => void) | undefined;
  /** The client, or its access, has gone before the answer was complete. */
  onGone: (() => void) | undefined;
  /** Always, once, when it is over. */
  onOver: ((exchange: Exchange, complete: boolean) => void) | undefined;
}

export function createExchange(head: RequestHead, client: Client): Exchange {
  const handlers = { onDrain: undefined, onGone: undefined, onOver: undefined };
  return { head, client, status: 0, bytesIn: 0, bytesOut: 0, over: false, ...handlers };
}

export interface BodyReceiver {
  /** @returns false to be given no more until `resumeBody` */
  data(data: Buffer): boolean;
  /** There is no more. */
  end(): void;
}

/** What can be done with an exchange; everything is ignored once it is over. */
export interface Client {
  /** Begins to read the request's body. */
  receiveBody(exchange: Exchange, receiver: BodyReceiver, limits: BodyLimits): void;
  resumeBody(exchange: Exchange): void;
  /** Status, header lines (each ending in CRLF) and the whole body. */
  reply(exchange: Exchange, status: number, fields: string, body: string | Buffer): void;
  /**
   * Begins an answer that comes in pieces.
   * @param length bytes of the body, or undefined when nobody knows
   * @param flush send the head now, since no data is at hand
   */
  startReply(exchange: Exchange, status: number, fields: string, length: number | undefined, flush: boolean): void;
  /** @returns false when the client is slower; `onDrain` says when it can take more */
  write(exchange: Exchange, data: Buffer): boolean;
  finish(exchange: Exchange): void;
  /** Ends the connection in the midst of an answer, so that nobody takes it for complete. */
  cut(exchange: Exchange): void;
}

export interface BodyLimits {
  readonly bytes: number;
  /** Milliseconds: for the whole of it, or for all pauses together that the rate does not earn back. */
  readonly timeoutMs: number;
  readonly whole: boolean;
  /** So many bytes earn back a second of the pauses; absent: each piece earns back all of them. */
  readonly bytesPerSecond?: number;
}
