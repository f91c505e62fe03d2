import mime from 'mime';

const unknown = 'application/octet-stream';
// What a browser may show in its own window: nothing that can hold a script.
const shownTypes = /^(?:text\/(?:plain|csv)|application\/json|image\/(?:png|jpeg|gif|webp))$/;

/** By the ending of the name. */
export function contentTypeOf(name: string): string {
  const type = mime.getType(name) ?? unknown;
  return type.startsWith('text/') || type === 'application/json' ? `${type}; charset=utf-8` : type;
}

/**
 * Headers for a file that somebody else's program has made: a browser takes it for what it is said to be, runs nothing
 * of it, and saves content that could hold a script under a plain name.
 */
export function fileHeaders(name: string): Readonly<Record<string, string>> {
  const type = contentTypeOf(name);
  const shown = shownTypes.test(type.split(';')[0] ?? '') ? 'inline' : 'attachment';
  const last = name.split('/').at(-1) ?? '';
  const ascii = last.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(last.replaceAll(/[\ud800-\udfff]/gu, '_')).replaceAll(
    /['()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return {
    'content-type': type,
    'content-disposition': `${shown}; filename="${ascii}"; filename*=UTF-8''${encoded}`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  };
}
