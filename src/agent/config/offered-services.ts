import type { OfferedService } from '../../admission/policy/policy.ts';
import type { Config } from './config-schema.ts';

/** What requests can be granted with this configuration. */
export function offeredServices({ services = {} }: Config): readonly OfferedService[] {
  const usual = ['data', 'ai'].filter((name) => !Object.hasOwn(services, name));
  return [
    ...usual.map((name) => ({ name, countsTokens: true })),
    ...Object.entries(services).map(([name, service]) => {
      return { name, countsTokens: service.kind !== 'http' || service.countsTokens === true };
    }),
  ];
}
