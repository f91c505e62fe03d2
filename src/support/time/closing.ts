/** What was opened, to be closed in reverse order. */
export interface Closer {
  add(close: () => Promise<unknown> | unknown): void;
  /** Closes everything, even when closing one part fails; then the first failure is thrown. */
  close(): Promise<void>;
}

function createCloser(): Closer {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  return {
    add: (close) => void closers.push(close),
    async close() {
      const failures: unknown[] = [];
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Opens something of several parts; when one cannot be opened, those before it are closed again. */
export async function openTogether<T>(open: (closer: Closer) => Promise<T>): Promise<T> {
  const closer = createCloser();
  try {
    return await open(closer);
  } catch (error) {
    // The failure to open says more than a failure to close would.
    await closer.close().catch(() => undefined);
    throw error;
  }
}
