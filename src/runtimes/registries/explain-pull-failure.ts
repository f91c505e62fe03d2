import { ExecError } from '../../support/exec-error.ts';
import type { Credentials } from './credentials.ts';

export interface PullFailure {
  /** As the request has it. */
  readonly reference: string;
  readonly registry: string;
  /** What engine, tool or registry said. */
  readonly reason: string;
  /** What was sent to it. */
  readonly credentials: Credentials | undefined;
}

interface Kind {
  readonly words: RegExp;
  readonly code: 'IMAGE_NOT_FOUND' | 'IMAGE_PULL_FAILED';
  readonly cure: (failure: PullFailure) => string;
}

// In this order: a registry that refuses often says "not found, or no access" in one sentence.
const kinds: readonly Kind[] = [
  {
    words: /too ?many ?requests|rate limit|\b429\b/i,
    code: 'IMAGE_PULL_FAILED',
    cure: ({ registry, credentials }) =>
      `The registry ${registry} limits how often it is asked. Try again later, ${credentials === undefined ? 'log in to it for a higher limit,' : ''} or set a mirror in EXEC_REGISTRIES_FILE.`,
  },
  {
    words: /denied|unauthorized|authentication required|no basic auth|forbidden|\b40[13]\b/i,
    code: 'IMAGE_PULL_FAILED',
    cure: ({ registry, credentials }) =>
      credentials === undefined
        ? `The registry ${registry} wants a login, and the agent has none for it: use "docker login ${registry}", or EXEC_REGISTRIES_FILE. Check the name of the image, too.`
        : `The registry ${registry} does not accept the credentials from ${credentials.source}. Fix them, and check the name of the image.`,
  },
  {
    words: /no matching manifest|no match for platform|no image found in (?:image index|manifest list)/i,
    code: 'IMAGE_NOT_FOUND',
    cure: () => 'The image exists, but not for this kind of machine.',
  },
  {
    words: /no space left/i,
    code: 'IMAGE_PULL_FAILED',
    cure: () => 'The disk for images is full: remove some that are not needed.',
  },
  {
    words: /x509|certificate|HTTP response to HTTPS client/i,
    code: 'IMAGE_PULL_FAILED',
    cure: ({ registry }) =>
      `The certificate of ${registry} is not trusted. On the runtimes oci and kubernetes set "ca" (or "insecure") for it in EXEC_REGISTRIES_FILE; a Docker Engine reads /etc/docker/certs.d/${registry}/ca.crt and its own insecure-registries.`,
  },
  {
    words:
      /no such host|getaddrinfo|dial tcp|connection refused|ECONNREFUSED|timeout|deadline exceeded|network is unreachable|E(?:HOST|NET)UNREACH|\bEOF\b|socket hang up|connection reset|ECONNRESET/i,
    code: 'IMAGE_PULL_FAILED',
    cure: ({ registry }) =>
      `The registry ${registry} cannot be reached: check its name, and network, DNS and proxy settings.`,
  },
  {
    words: /manifest unknown|not found|name unknown|no such (?:image|manifest)|does not exist|\b404\b/i,
    code: 'IMAGE_NOT_FOUND',
    cure: () => 'Check its name and tag.',
  },
];

/** Why an image that is not here could not be brought here either; credentials are never part of it. */
export function explainPullFailure(failure: PullFailure): ExecError {
  const { reference } = failure;
  const reason = withoutSecrets(failure.reason, failure.credentials);
  const kind = kinds.find(({ words }) => words.test(reason));
  const cure = kind === undefined ? '' : ` ${kind.cure(failure)}`;
  const message = `The image "${reference}" could not be pulled: ${reason.trim().replace(/\.$/, '')}.${cure}`;
  return new ExecError(kind?.code ?? 'IMAGE_PULL_FAILED', message, { context: { reference, reason } });
}

/** No registry should repeat what was sent to it, but one may. */
function withoutSecrets(text: string, credentials: Credentials | undefined): string {
  if (credentials === undefined) return text;
  const secret = 'identityToken' in credentials ? credentials.identityToken : credentials.password;
  return secret === '' ? text : text.replaceAll(secret, '***');
}
