import type { ResponseHead } from '../http/head/parse-response-head.ts';
import type { Caller } from './pool-shares.ts';

/** Connections are divided among those who call. */
export interface UpstreamRequest extends Caller {
  readonly method: string;
  /** Request line and headers in latin1, with the empty line that ends them. */
  readonly head: string;
  readonly body: 'none' | 'plain' | 'chunked';
}

/** What is reported of a request; after `onEnd` or `onFail` nothing more. */
export interface UpstreamReceiver {
  /** A connection takes the request's body now. */
  onReady(): void;
  /** @param more data of its body follows at once */
  onHead(head: ResponseHead, more: boolean): void;
  /** @returns false to be given no more until `resume` */
  onData(data: Buffer): boolean;
  onEnd(): void;
  onFail(failure: UpstreamFailure): void;
  /** The upstream can take more of the request's body. */
  onDrain(): void;
}

export type UpstreamFailure =
  | { readonly kind: 'busy' | 'connect-timeout' | 'timeout' | 'closed' | 'invalid' }
  | { readonly kind: 'down'; readonly reason: string };

/** A request on its way to an upstream. */
export interface UpstreamCall {
  /** Reports to the receiver from here on. */
  start(): void;
  /** @returns false when it should wait for `onDrain` */
  write(data: Buffer): boolean;
  /** The request's body is complete. */
  endBody(): void;
  /** Gives more of the answer again. */
  resume(): void;
  /** Nobody wants the answer any more; nothing more is heard. */
  abort(): void;
}
