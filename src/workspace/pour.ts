/** Has done with the bytes when its promise is fulfilled; until then they stay as they are. */
export type TakeBytes = (bytes: Uint8Array) => Promise<void>;

/**
 * Hands on bytes, in order, in memory that is used again, which costs less than a stream of fresh chunks. Fulfilled once
 * the last was taken. However it ends, what it reads from is closed.
 * @throws what the source or whoever takes them throws
 */
export type Pour = (take: TakeBytes) => Promise<void>;
