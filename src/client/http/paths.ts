type QueryValue = string | number | readonly string[];

/** A list repeats its parameter. */
export function queryOf(values: Readonly<Record<string, QueryValue | undefined>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const each of typeof value === 'object' ? value : [value]) query.append(name, String(each));
  }
  return query;
}

/** The slashes of a name stay. */
export function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
