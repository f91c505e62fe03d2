/** Whether output is late because what delivers it cannot be reached at the moment. */
export interface OutputDelay {
  isLate(): boolean;
  /** It is late until the promise has settled. */
  during<T>(wait: Promise<T>): Promise<T>;
}

export function createOutputDelay(): OutputDelay {
  let waits = 0;
  return {
    isLate: () => waits > 0,
    async during(wait) {
      waits += 1;
      try {
        return await wait;
      } finally {
        waits -= 1;
      }
    },
  };
}
