import { HttpProblem } from '../problem.ts';

/** Counts what each tenant has open. */
export interface TenantCounts {
  /**
   * @returns a function that gives the place back; safe to repeat
   * @throws HttpProblem 429 when the tenant has too many
   */
  take(tenant: string): () => void;
}

interface Counted {
  readonly most: number;
  /** Plural, for the error: `open streams`. */
  readonly what: string;
  readonly setting: string;
}

export function createTenantCounts({ most, what, setting }: Counted): TenantCounts {
  const counts = new Map<string, number>();
  return {
    take(tenant) {
      const count = counts.get(tenant) ?? 0;
      if (count >= most)
        throw new HttpProblem(429, `The tenant ${tenant} has ${count} ${what}, the maximum (${setting}).`, {
          'retry-after': '5',
        });
      counts.set(tenant, count + 1);
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        const left = (counts.get(tenant) ?? 1) - 1;
        if (left === 0) counts.delete(tenant);
        else counts.set(tenant, left);
      };
    },
  };
}
