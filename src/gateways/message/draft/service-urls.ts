/** How containers call the agent; their hosts file has it. */
const host = 'host.docker.internal';

/** By name, of the services that were granted: what `services.json` holds. */
export function serviceUrls(services: readonly string[], port: number): Record<string, string> {
  return Object.fromEntries(services.map((name) => [name, `${proxyUrl(port)}/${name}`]));
}

/** The same as variables, `DATA_SERVICE_URL`; none when no service was granted. */
export function serviceVariables(services: readonly string[], port: number): Record<string, string> {
  if (services.length === 0) return {};
  const urls = Object.entries(serviceUrls(services, port));
  return { [proxyVariable]: proxyUrl(port), ...Object.fromEntries(urls.map(([name, url]) => [variableOf(name), url])) };
}

const proxyVariable = 'SERVICE_PROXY_URL';

/** Set only with service access, yet never free for other use. */
export const reservedVariables: readonly string[] = [proxyVariable, variableOf('data'), variableOf('ai')];

function proxyUrl(port: number): string {
  return `http://${host}:${port}`;
}

function variableOf(service: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_SERVICE_URL`;
}
