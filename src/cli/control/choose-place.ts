import { ExecError } from '../../support/exec-error.ts';
import { type Context, type Contexts, contextNamed, localContext } from '../contexts/contexts.ts';
import type { Settings } from '../settings/load-settings.ts';

export type Place = { readonly kind: 'redis' } | ({ readonly kind: 'http' } & Context);

export interface PlaceFlags {
  readonly url?: string;
  readonly context?: string;
  readonly redis?: string;
  readonly dataDir?: string;
}

/**
 * Which agents a command talks to: what the command line names, else EXEC_URL, EXEC_CONTEXT, REDIS_URL, the current
 * context, and at last the private Redis of this host.
 * @throws ExecError INVALID_REQUEST
 */
export function choosePlace(
  flags: PlaceFlags,
  { config, sources }: Pick<Settings, 'config' | 'sources'>,
  kept: Contexts,
): Place {
  const redis = flags.redis === undefined ? '--data-dir' : '--redis';
  const namesRedis = flags.redis !== undefined || flags.dataDir !== undefined;
  const http = flags.url === undefined ? '--context' : '--url';
  const namesHttp = flags.url !== undefined || flags.context !== undefined;
  if (namesRedis && namesHttp)
    throw new ExecError('INVALID_REQUEST', `${http} means HTTP and ${redis} means Redis. Use one of them.`);
  if (namesRedis) return { kind: 'redis' };
  if (flags.context !== undefined) return placeOf(flags.context, kept);
  if (config.url !== undefined)
    return { kind: 'http', url: config.url, token: config.token ?? tokenFor(config.url, kept) };
  if (config.context !== undefined) return placeOf(config.context, kept);
  if (sources.redisUrl !== 'default') return { kind: 'redis' };
  return kept.current === undefined ? { kind: 'redis' } : placeOf(kept.current, kept);
}

function placeOf(name: string, kept: Contexts): Place {
  return name === localContext ? { kind: 'redis' } : { kind: 'http', ...contextNamed(kept, name) };
}

/** A token goes only to the URL that it was kept for. */
function tokenFor(url: string, { contexts }: Contexts): string | undefined {
  return Object.values(contexts).find((context) => withoutSlash(context.url) === withoutSlash(url))?.token;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
