const nothing = Buffer.alloc(0);

/** What has come on a connection and is not yet read. */
export interface Incoming {
  readonly bytes: Buffer;
  add(data: Buffer): void;
  /** The first bytes are read. */
  skip(length: number): void;
  drop(): void;
  /**
   * Calls the step as long as it reads something. Answers may be given at once and the next request be at hand: a loop,
   * so that many of them need no deep stack.
   * @returns false for a call from within a step: the outer call goes on with it
   */
  readAll(step: () => void): boolean;
}

export function createIncoming(): Incoming {
  let bytes: Buffer = nothing;
  let reading = false;
  return {
    get bytes() {
      return bytes;
    },
    add(data) {
      bytes = bytes.length === 0 ? data : Buffer.concat([bytes, data]);
    },
    skip(length) {
      bytes = length === bytes.length ? nothing : bytes.subarray(length);
    },
    drop() {
      bytes = nothing;
    },
    readAll(step) {
      if (reading) return false;
      reading = true;
      try {
        for (let before: Buffer = nothing; bytes.length > 0 && bytes !== before; ) {
          before = bytes;
          step();
        }
      } finally {
        reading = false;
      }
      return true;
    },
  };
}
