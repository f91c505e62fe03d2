import { ExecError } from '../../../support/exec-error.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import { ApiError } from '../api/api-error.ts';
import type { KubeAccess } from '../api/credentials/kube-access.ts';
import { explainApiError } from '../api/explain-api-error.ts';

const full: AwayFacts = { runtimeFull: true };

/** Whether a quota of the namespace is used up. */
export function isOverQuota(error: unknown): boolean {
  return error instanceof ApiError && /exceeded quota|status unknown for quota/.test(error.message);
}

/** Why the API server does not create a pod: the cluster has no room, a policy refuses it, or the operator must act. */
export function explainCreateError(error: unknown, access: Pick<KubeAccess, 'server' | 'origin'>): ExecError {
  if (!(error instanceof ApiError)) return explainApiError(error, access);
  const { message, status } = error;
  const words = message.trim().replace(/\.$/, '');
  if (isOverQuota(error))
    return new ExecError('RUNTIME_UNAVAILABLE', `The cluster has no room for the pod: ${words}.`, {
      context: { ...full },
    });
  if (/violates PodSecurity/.test(message))
    return new ExecError(
      'RUNTIME_UNAVAILABLE',
      `Pod Security refuses the pod: ${words}. Label the namespace of EXEC_KUBE_NAMESPACE with pod-security.kubernetes.io/enforce=privileged.`,
    );
  if (/admission webhook .* denied|ValidatingAdmissionPolicy|(maximum|minimum) \S+ usage per/.test(message))
    return new ExecError('POLICY_DENIED', `The cluster refuses the pod: ${words}.`, { context: { status } });
  if (/RuntimeClass .* not found/.test(message))
    return new ExecError('RUNTIME_UNAVAILABLE', `${words}. Create it, or map the policy to one that exists.`);
  return explainApiError(error, access);
}
