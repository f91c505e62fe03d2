import type { Spending } from '../wire/record.ts';
import { part, plainText, type Sentence, sentence } from '../wire/sentence.ts';
import { type Problem, problem } from './problem.ts';

export type { Spending };

export interface Budget {
  readonly calls?: number | undefined;
  readonly tokens?: number | undefined;
}

/** Counts what is spent of one service by one execution, and says when it is enough. */
export interface Meter {
  readonly countsTokens: boolean;
  spending(): Spending;
  /**
   * A call begins.
   * @param wait called later, once, where whether there are tokens left is known only after a call under way has ended
   */
  admit(expectedTokens: number, wait: () => void): Problem | Ticket | 'later';
}

export interface Ticket {
  tokens(count: number): void;
  /** Once. @param failed the service, not the caller, is to blame */
  end(call: { readonly bytesIn: number; readonly bytesOut: number; readonly failed: boolean }): void;
}

interface MeterOptions {
  /** What was spent before. */
  readonly already?: Spending | undefined;
  readonly describe?: (sentence: Sentence) => string;
}

export function createMeter(
  service: string,
  budget: Budget,
  { already, describe = plainText }: MeterOptions = {},
): Meter {
  const spent = { calls: 0, bytesIn: 0, bytesOut: 0, errors: 0, ms: 0, tokens: 0, ...already };
  const { calls: maxCalls = Number.POSITIVE_INFINITY, tokens: maxTokens } = budget;
  const waiting = new Set<() => void>();
  let expected = 0;

  function exceeded(): Problem {
    const error = describe(
      sentence`The execution has used its budget for the service "${service}" (${part('network.budget', service)}).`,
    );
    const { calls, tokens } = spent;
    return problem(429, 'BUDGET_EXCEEDED', error, { facts: { service, budget, spent: { calls, tokens } } });
  }

  function admit(expectedTokens: number, wait: () => void): Problem | Ticket | 'later' {
    if (spent.calls >= maxCalls) return exceeded();
    if (maxTokens !== undefined && spent.tokens + expected >= maxTokens) {
      if (spent.tokens >= maxTokens) return exceeded();
      // Many calls at once would each find tokens left: the last ones wait for what the first ones take.
      waiting.add(wait);
      return 'later';
    }
    spent.calls++;
    expected += expectedTokens;
    return ticket(expectedTokens);
  }

  function ticket(expectedTokens: number): Ticket {
    const begun = performance.now();
    return {
      tokens(count) {
        // A service may report anything.
        spent.tokens = Math.min(spent.tokens + Math.max(0, count), Number.MAX_SAFE_INTEGER);
      },
      end({ bytesIn, bytesOut, failed }) {
        spent.bytesIn += bytesIn;
        spent.bytesOut += bytesOut;
        spent.ms += performance.now() - begun;
        if (failed) spent.errors++;
        expected -= expectedTokens;
        const again = [...waiting];
        waiting.clear();
        for (const wait of again) wait();
      },
    };
  }

  return {
    countsTokens: maxTokens !== undefined,
    spending: () => ({ ...spent, ms: Math.round(spent.ms) }),
    admit,
  };
}
