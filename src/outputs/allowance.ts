/** A number of bytes that files are charged to one after the other. */
export interface Allowance {
  /** @returns false when that many are not left; nothing is taken then */
  take(bytes: number): boolean;
}

export function createAllowance(bytes: number, onExceeded: () => void): Allowance {
  let left = bytes;
  return {
    take(wanted) {
      if (wanted > left) {
        onExceeded();
        return false;
      }
      left -= wanted;
      return true;
    },
  };
}
