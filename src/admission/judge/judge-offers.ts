import type { PlanDraft } from '../../wire/plan.ts';
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
      refuse('services', `service_access: there is no service "${name}" here. There is ${names.join(', ')}.`),
    ),
    ...uncounted.map(({ name }) =>
      refuse(
        'services',
        `service_budget.${name}.tokens: the service "${name}" counts no tokens. Bound its calls instead.`,
      ),
    ),
    ...(ofProxy
      ? [
          refuse(
            'ports',
            `container.ports: port ${servicePort} is the service proxy inside of the container. Use another one.`,
          ),
        ]
      : []),
  ];
}

function refuse(setting: string, says: string): Finding {
  return { setting, verdict: 'refuses', says, code: 'INVALID_REQUEST' };
}
