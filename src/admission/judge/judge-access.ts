import { compileWildcards } from '../../support/patterns/match-wildcards.ts';
import { isInRange } from '../../support/text/number-range.ts';
import type { PlanDraft } from '../../wire/plan/plan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Finding, PolicySettings } from '../policy/policy.ts';
import { judgeUsers } from './judge-users.ts';

/** What a request may reach and as whom it may run. */
export function judgeAccess(draft: PlanDraft, settings: PolicySettings): readonly Finding[] {
  return [
    ...judgeNetwork(draft, settings),
    ...judgeServices(draft, settings),
    ...judgePorts(draft, settings),
    ...judgeSecrets(draft, settings),
    ...draft.steps.flatMap(({ user }) => judgeUsers(user, settings.confinement)),
  ];
}

function judgeNetwork({ network }: PlanDraft, { openNetwork }: PolicySettings): readonly Finding[] {
  if (network.mode !== 'open') return [];
  const setting = 'network';
  if (openNetwork) return [{ setting, verdict: 'passes', says: 'an open network is allowed' }];
  const says = sentence`${part('network.mode')}: "open" is not allowed here. Leave it out, and use ${part('network.services')} for services.`;
  return [{ setting, verdict: 'refuses', says }];
}

function judgeServices({ network }: PlanDraft, { services }: PolicySettings): readonly Finding[] {
  if (services === undefined) return [];
  const patterns = services.map((pattern) => compileWildcards(pattern));
  return network.services.map((name): Finding => {
    const setting = 'services';
    if (patterns.some((pattern) => pattern.matches(name)))
      return { setting, verdict: 'passes', says: `the service "${name}" is granted` };
    const says = sentence`${part('network.services')}: the service "${name}" is not granted here (${listed(services)}).`;
    return { setting, verdict: 'refuses', says };
  });
}

function judgePorts({ network }: PlanDraft, { ports }: PolicySettings): readonly Finding[] {
  return network.ports.map(({ container, host }): Finding => {
    const setting = 'ports';
    if (ports.some((range) => isInRange(range, host)))
      return { setting, verdict: 'passes', says: `host port ${host} may be used` };
    const says = sentence`${part('network.ports', String(container))}: host port ${host} is not allowed here. Allowed: ${listed(ports)}. Choose one of these, or have ${host} added to EXEC_PORTS or to "ports" in the policy file.`;
    return { setting, verdict: 'refuses', says };
  });
}

function judgeSecrets({ secrets = [] }: PlanDraft, settings: PolicySettings): readonly Finding[] {
  const patterns = settings.secrets.map((pattern) => compileWildcards(pattern));
  return secrets.map(({ name }): Finding => {
    const setting = 'secrets';
    if (patterns.some((pattern) => pattern.matches(name)))
      return { setting, verdict: 'passes', says: `the secret "${name}" is granted` };
    const says = sentence`${part('secrets')}: "${name}" is not granted here. A policy grants secrets by name, in its section "secrets".`;
    return { setting, verdict: 'refuses', says };
  });
}

function listed(names: readonly string[]): string {
  return names.join(', ') || 'none';
}
