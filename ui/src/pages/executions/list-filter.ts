import { errorCodeNames } from '../../../../src/wire/response/error-codes.ts';

/** The parameters of the page that narrow the list down, each as the API has it but `last` and the code `failed`. */
const filterNames = ['state', 'code', 'prefix', 'name', 'image', 'tag', 'agent', 'last', 'tenant'] as const;

/** How an execution can have ended badly. */
const failures = errorCodeNames.filter((code) => code !== 'CANCELED');

const hourMs = 3_600_000;
export const periods = [
  ['1h', 'last hour', hourMs],
  ['24h', 'last day', 24 * hourMs],
  ['7d', 'last 7 days', 168 * hourMs],
] as const;

export function readFilter(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => filterNames.some((known) => known === name)));
}

/** The filter of the page as a query of the API. */
export function apiQueryOf(filter: URLSearchParams, now: number): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of filter) {
    if (name === 'last') {
      const since = sinceOf(value, now);
      if (since !== undefined) query.set('since', since);
    } else if (name === 'code' && value === 'failed') for (const code of failures) query.append('code', code);
    else query.append(name, value);
  }
  return query;
}

/** @returns an ISO time; undefined: from the beginning */
export function sinceOf(last: string | null, now: number): string | undefined {
  const ms = periods.find(([name]) => name === last)?.[2];
  return ms === undefined ? undefined : new Date(now - ms).toISOString();
}

/** The filter with one more state or code, or without it. States and codes exclude each other: only finished ones have a code. */
export function toggled(filter: URLSearchParams, name: 'state' | 'code', value: string): URLSearchParams {
  const next = new URLSearchParams(filter);
  next.delete(name === 'state' ? 'code' : 'state');
  if (next.has(name, value)) next.delete(name, value);
  else next.append(name, value);
  return next;
}

/** The tags of a text: `team=data kind=nightly` */
export function tagsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((tag) => tag !== '');
}
