import type { PlanDraft } from '../../wire/plan/plan.ts';
import { part, type Sentence, sentence } from '../../wire/sentence.ts';
import type { Finding, PolicyBase } from '../policy/policy.ts';

/** Checks that the services which a request asks for are configured, for any tenant. */
export function judgeOffers(
  { network }: Pick<PlanDraft, 'network'>,
  { offered, servicePort }: Pick<PolicyBase, 'offered' | 'servicePort'>,
): readonly Finding[] {
  const names = offered.map(({ name }) => name);
  const unknown = network.services.filter((name) => !names.includes(name));
  const uncounted = offered.filter(
    ({ name, countsTokens }) => !countsTokens && network.budgets?.[name]?.tokens !== undefined,
  );
  const ofProxy = network.services.length > 0 && network.ports.some(({ container }) => container === servicePort);
  return [
    ...unknown.map((name) =>
      refuse(
        'services',
        sentence`${part('network.services')}: there is no service "${name}" here. There is ${names.join(', ')}.`,
      ),
    ),
    ...uncounted.map(({ name }) =>
      refuse(
        'services',
        sentence`${part('network.tokens', name)}: the service "${name}" counts no tokens. Bound its calls instead.`,
      ),
    ),
    ...(ofProxy
      ? [
          refuse(
            'ports',
            sentence`${part('network.ports')}: port ${servicePort} is the service proxy inside of the container. Use another one.`,
          ),
        ]
      : []),
  ];
}

function refuse(setting: string, says: Sentence): Finding {
  return { setting, verdict: 'refuses', says, code: 'INVALID_REQUEST' };
}
