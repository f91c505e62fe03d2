/**
 * A URL without the path that a reverse proxy serves the agent below; as it is where the proxy has removed that.
 * @param base '' or a path such as `/exec`
 */
export function withoutBase(url: string, base: string): string {
  if (base === '' || !url.startsWith(base)) return url;
  const rest = url.slice(base.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}
