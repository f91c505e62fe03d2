/** Finds out from an answer as it passes how many tokens it took. */
export interface TokenScanner {
  scan(data: Buffer): void;
  /** The largest `total_tokens`, or undefined when there was none. */
  readonly tokens: number | undefined;
  /** Events of a stream so far. */
  readonly events: number;
}

// Inside a JSON string the quotes would be escaped, so text of a model is never taken for this. Streams may say it
// again and again, growing.
const totals = /(?<!\\)"total_tokens"\s*:\s*(\d{1,12})(?=[\s,}])/g;
const events = /^data:/gm;
// Longer than what is looked for, so that none is missed where two pieces meet.
const overlap = 64;

/** Reads bytes, not JSON: answers may be large and come in any pieces. */
export function createTokenScanner(): TokenScanner {
  let tail = '';
  let tokens: number | undefined;
  let count = 0;
  return {
    scan(data) {
      const text = data.toString('latin1');
      const seen = tail + text;
      for (const [, digits] of seen.matchAll(totals)) tokens = Math.max(tokens ?? 0, Number(digits));
      count += text.match(events)?.length ?? 0;
      tail = seen.slice(-overlap);
    },
    get tokens() {
      return tokens;
    },
    get events() {
      return count;
    },
  };
}
