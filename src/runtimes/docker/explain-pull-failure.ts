import { ExecError } from '../../support/exec-error.ts';

interface Kind {
  readonly pattern: RegExp;
  readonly code: 'IMAGE_NOT_FOUND' | 'IMAGE_PULL_FAILED';
  readonly cure: string;
}

// In this order: a registry that refuses says "not found or no access" in one sentence.
const kinds: readonly Kind[] = [
  {
    pattern: /denied|unauthorized|authentication required|no basic auth/i,
    code: 'IMAGE_PULL_FAILED',
    cure: 'Check the name; if it is right, the engine has to log in to the registry (docker login).',
  },
  {
    pattern: /too ?many ?requests|rate limit/i,
    code: 'IMAGE_PULL_FAILED',
    cure: 'Try again later, or log in to the registry for a higher limit.',
  },
  {
    pattern: /manifest unknown|not found|name unknown|no such (?:image|manifest)|does not exist/i,
    code: 'IMAGE_NOT_FOUND',
    cure: 'Check its name and tag.',
  },
  {
    pattern: /no matching manifest|no match for platform/i,
    code: 'IMAGE_NOT_FOUND',
    cure: 'The image exists, but not for the kind of machine that the engine runs on.',
  },
  {
    pattern:
      /no such host|dial tcp|connection refused|timeout|deadline exceeded|network is unreachable|EOF|connection reset/i,
    code: 'IMAGE_PULL_FAILED',
    cure: "The engine cannot reach the registry: check the name, and the engine's network, DNS and proxy settings.",
  },
  {
    pattern: /x509|certificate|HTTP response to HTTPS client/i,
    code: 'IMAGE_PULL_FAILED',
    cure: "The engine does not trust the registry: install its certificate, or list it among the engine's insecure-registries.",
  },
  {
    pattern: /no space left/i,
    code: 'IMAGE_PULL_FAILED',
    cure: "The engine's disk is full: remove images that are not needed (docker image prune).",
  },
];

/**
 * Why an image that is not here could not be brought here either.
 * @param reason what engine or registry said
 */
export function explainPullFailure(reference: string, reason: string): ExecError {
  const kind = kinds.find(({ pattern }) => pattern.test(reason));
  const cure = kind === undefined ? '' : ` ${kind.cure}`;
  const message = `The image "${reference}" could not be pulled: ${reason.trim().replace(/\.$/, '')}.${cure}`;
  return new ExecError(kind?.code ?? 'IMAGE_PULL_FAILED', message, { context: { reference, reason } });
}
