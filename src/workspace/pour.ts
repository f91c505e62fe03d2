/** Has done with the bytes when its promise is fulfilled; until then they stay as they are. */
export type TakeBytes = (bytes: Uint8Array) => Promise<void>;

/**
 * Passes all bytes to `take`, in order, in reused buffers, which costs less than a stream of new chunks. Resolves once
 * the last bytes are taken. The source is closed afterwards, also after an error.
 * @throws the error of the source or of `take`
 */
export type Pour = (take: TakeBytes) => Promise<void>;
