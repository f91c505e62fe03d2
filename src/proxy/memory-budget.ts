/** Bytes that one execution's calls may have held at once. */
export interface MemoryBudget {
  /** @returns false, and takes nothing, when there is not so much left */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createMemoryBudget(bytes: number): MemoryBudget {
  let left = bytes;
  return {
    take(wanted) {
      if (wanted > left) return false;
      left -= wanted;
      return true;
    },
    give(back) {
      left += back;
    },
  };
}
