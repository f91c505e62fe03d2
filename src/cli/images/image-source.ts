import { resolve } from 'node:path';

const localTransports = ['docker-archive', 'oci-archive', 'oci', 'dir'];

/** `docker-archive:tool.tar` → `docker-archive:/where/we/are/tool.tar`. */
export function absoluteSource(source: string, cwd: string): string {
  const [transport = '', ...rest] = source.split(':');
  const path = rest.join(':');
  return localTransports.includes(transport) && path !== '' ? `${transport}:${resolve(cwd, path)}` : source;
}
