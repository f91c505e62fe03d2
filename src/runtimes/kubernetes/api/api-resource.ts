/** A kind of objects, as the API's paths name it. */
export interface ApiResource {
  /** `v1`, or `apps/v1`. */
  readonly version: string;
  /** Plural and in small letters, as roles name it. */
  readonly name: string;
}

export const pods: ApiResource = { version: 'v1', name: 'pods' };
export const namespaces: ApiResource = { version: 'v1', name: 'namespaces' };
export const events: ApiResource = { version: 'v1', name: 'events' };

export interface ApiPlace {
  readonly resource: ApiResource;
  /** Absent: the resource belongs to no namespace. */
  readonly namespace?: string;
}

/** The path of a collection, or of one object in it. */
export function apiPath({ resource: { version, name }, namespace }: ApiPlace, object?: string): string {
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${name}${object === undefined ? '' : `/${encodeURIComponent(object)}`}`;
}
