/** Browsers and Node.js tell of a connection that breaks off in the middle of a body by a TypeError. */
export function isConnectionLoss(error: unknown, signal: AbortSignal | undefined): boolean {
  return error instanceof TypeError && signal?.aborted !== true;
}
