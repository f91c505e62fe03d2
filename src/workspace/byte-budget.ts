/** A number of bytes that several writers share. */
export interface ByteBudget {
  readonly used: number;
  /** @throws the error given at creation, once the budget is exceeded */
  take(bytes: number): void;
}

export function createByteBudget(limit: number, exceeded: () => Error): ByteBudget {
  let used = 0;
  return {
    get used() {
      return used;
    },
    take(bytes) {
      used += bytes;
      if (used > limit) throw exceeded();
    },
  };
}
