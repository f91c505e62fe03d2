/** Half of a surrogate pair, as JSON can spell it. */
const escapedSurrogate = /\\u[dD][89a-fA-F]/;

/** Whether JSON text may hold a string that is not well-formed Unicode: false for nearly every text, without parsing it. */
export function mayHoldIllFormedText(json: string): boolean {
  return escapedSurrogate.test(json) || !json.isWellFormed();
}

/**
 * Where a JSON value holds a string or a name that is not well-formed Unicode, such as half of a surrogate pair:
 * `['tags', 'a']`. Undefined: nowhere.
 */
export function findIllFormedText(value: unknown): readonly PropertyKey[] | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : [];
  if (typeof value !== 'object' || value === null) return undefined;
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    const part = isList ? Number(key) : key;
    if (!key.isWellFormed()) return [part];
    const below = findIllFormedText(item);
    if (below !== undefined) return [part, ...below];
  }
  return undefined;
}
