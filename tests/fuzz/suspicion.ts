import type { FuzzRequest } from './request/make-request.ts';

/** Something went wrong, and one of these requests is why. */
export interface Suspicion {
  readonly why: string;
  readonly requests: readonly FuzzRequest[];
}

/** Sends the request alone; returns what goes wrong then. */
export type Trial = (request: FuzzRequest) => Promise<string | undefined>;
