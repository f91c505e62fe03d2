import { ExecError } from '../../../support/exec-error.ts';

export type EngineAddress =
  | { readonly kind: 'unix'; readonly socketPath: string }
  | { readonly kind: 'tcp'; readonly hostname: string; readonly port: number };

/** @throws ExecError RUNTIME_UNAVAILABLE for an address that is neither `unix:///path` nor `tcp://host:port` */
export function parseEngineAddress(host: string): EngineAddress {
  if (host.startsWith('unix:///')) return { kind: 'unix', socketPath: host.slice('unix://'.length) };
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url !== undefined && ['tcp:', 'http:', 'https:'].includes(url.protocol) && /:\d+\/?$/.test(host)) {
    const port = Number(/:(\d+)\/?$/.exec(host)?.[1]);
    return { kind: 'tcp', hostname: url.hostname.replace(/^\[|\]$/g, ''), port };
  }
  throw new ExecError(
    'RUNTIME_UNAVAILABLE',
    `DOCKER_HOST is "${host}": it must be unix:///path/to/docker.sock or tcp://host:port`,
  );
}

/** Whether the engine runs on this machine, as far as its address tells: it may still be in a virtual one. */
export function isLocal(host: string): boolean {
  return host.startsWith('unix:');
}
