import type { Spending } from '../wire/record/record.ts';
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
  /**
   * Before the call is sent to the service: reserves what it takes at most, in place of what was expected. Calls that would
   * find no tokens left if those under way took all that they may wait for these, so that a budget of tokens is exceeded by
   * the maximum of one call at most.
   * @param go called once, now or later @param refuse called instead when the budget is used up
   */
  reserve(most: number, go: () => void, refuse: (problem: Problem) => void): void;
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
    let [reserved, isOver] = [expectedTokens, false];
    const hold = (tokens: number) => {
      expected += tokens - reserved;
      reserved = tokens;
    };
    return {
      reserve(most, go, refuse) {
        if (maxTokens === undefined) return go();
        const attempt = () => {
          if (isOver) return;
          // Two that wait may not wait for each other.
          hold(0);
          if (spent.tokens >= maxTokens) return refuse(exceeded());
          if (spent.tokens + expected >= maxTokens) {
            waiting.add(attempt);
            return;
          }
          hold(most);
          go();
          if (most < expectedTokens) wake();
        };
        attempt();
      },
      tokens(count) {
        // A service may report anything.
        spent.tokens = Math.min(spent.tokens + Math.max(0, count), Number.MAX_SAFE_INTEGER);
      },
      end({ bytesIn, bytesOut, failed }) {
        spent.bytesIn += bytesIn;
        spent.bytesOut += bytesOut;
        spent.ms += performance.now() - begun;
        if (failed) spent.errors++;
        isOver = true;
        hold(0);
        wake();
      },
    };
  }

  function wake(): void {
    const again = [...waiting];
    waiting.clear();
    for (const wait of again) wait();
  }

  return {
    countsTokens: maxTokens !== undefined,
    spending: () => ({ ...spent, ms: Math.round(spent.ms) }),
    admit,
  };
}
