import { ExecError, errnoOf, messageOf } from '../../../support/exec-error.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import { ApiError, type Attempted, isPassing } from './api-error.ts';
import type { KubeAccess } from './credentials/kube-access.ts';

const away: AwayFacts = { runtimeAway: true };

/**
 * A failed call as the error that users and operators see; an ExecError stays as it is.
 * @returns RUNTIME_UNAVAILABLE with the API's own words, the missing permission or the fix
 */
export function explainApiError(error: unknown, access: Pick<KubeAccess, 'server' | 'origin'>): ExecError {
  if (error instanceof ExecError) return error;
  if (!(error instanceof ApiError)) return connectionFailed(error, access);
  const { status, reason, attempted, message } = error;
  const context = { status, reason, ...attempted, ...(isPassing(error) && away) };
  const fail = (text: string) => new ExecError('RUNTIME_UNAVAILABLE', text, { context, cause: error });
  if (status === 401)
    return fail(
      `The Kubernetes API refused the credential of ${access.origin}: it is missing, expired or revoked. Renew it.`,
    );
  if (status === 403)
    return fail(`The Kubernetes API forbids ${describe(attempted)}: ${message}.${permissionFix(error)}`);
  if (status === 404 && /^namespaces? /.test(message))
    return fail(`${message}. Create the namespace "${attempted.namespace}", or name another one.`);
  if (isPassing(error))
    return fail(
      `The Kubernetes API at ${access.server.host} cannot serve requests now (${status}): ${message}. Try again.`,
    );
  return fail(`The Kubernetes API refused ${describe(attempted)} (${status} ${reason}): ${message}.`);
}

/** Quotas, Pod Security and webhooks forbid as well, and no role changes that. */
function permissionFix({ message, attempted }: ApiError): string {
  const verb = / cannot (\w+) resource /.exec(message)?.[1];
  if (verb === undefined) return '';
  const where =
    attempted.namespace === undefined ? 'a ClusterRole' : `a Role in the namespace "${attempted.namespace}"`;
  return ` Give the agent's account ${where} with the verb "${verb}" for "${attempted.resource}".`;
}

function describe({ verb, resource, namespace }: Attempted): string {
  return namespace === undefined ? `${verb} ${resource}` : `${verb} ${resource} in "${namespace}"`;
}

const certificateErrors =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|HOSTNAME_MISMATCH)/;

function connectionFailed(error: unknown, { server, origin }: Pick<KubeAccess, 'server' | 'origin'>): ExecError {
  const code = errnoOf(error) ?? '';
  const isCertificate = certificateErrors.test(code);
  const fix = isCertificate
    ? `Set certificate-authority-data in the kubeconfig to the authority of the API server's certificate.`
    : `Check the address in ${origin}.`;
  // A certificate that is not trusted does not get better by waiting.
  const context = { host: server.host, code, ...(!isCertificate && away) };
  const text = `The Kubernetes API at ${server.host} cannot be reached: ${messageOf(error)}. ${fix}`;
  return new ExecError('RUNTIME_UNAVAILABLE', text, { context, cause: error });
}
