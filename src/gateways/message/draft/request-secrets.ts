import type { PlanDraft, Step } from '../../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../../wire/request/request.ts';
import { invalidField } from '../request/invalid-request.ts';
import { reservedVariables } from './service-urls.ts';

/**
 * @param env variables that are set without them
 * @throws ExecError INVALID_REQUEST for a name that is asked for twice, or whose variable is taken
 */
export function secretsOf({ secrets = [] }: ExecutionRequest, env: Step['env']): Pick<PlanDraft, 'secrets'> {
  if (secrets.length === 0) return {};
  const asked = secrets.map((secret) => (typeof secret === 'string' ? { name: secret } : secret));
  const taken = new Set([...Object.keys(env), ...reservedVariables]);
  const seen = new Set<string>();
  return {
    secrets: asked.map(({ name, as = 'variable' }, index) => {
      const field = `secrets[${index}]`;
      if (seen.has(name)) throw invalidField(field, name, 'is asked for twice. Name it once.');
      if (as === 'variable' && taken.has(name))
        throw invalidField(
          field,
          name,
          'is a variable that is set already. Ask for it as a file, or leave the other out.',
        );
      seen.add(name);
      return { name, as };
    }),
  };
}
