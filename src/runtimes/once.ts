/** Runs the work at the first call and gives every caller its result; after a failure the next call runs it again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    if (result !== undefined) return result;
    const running = work();
    result = running;
    running.catch(() => {
      result = undefined;
    });
    return running;
  };
}
