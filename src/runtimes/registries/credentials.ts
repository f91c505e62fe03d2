/** What is sent to a registry, and where it was found, for messages. */
export type Credentials = (
  | { readonly user: string; readonly password: string }
  /** What a login has left in place of a password. */
  | { readonly identityToken: string }
) & { readonly source: string };

/** As an entry of Docker's configuration file, which is what skopeo reads. */
export function authEntryOf(credentials: Credentials): Readonly<Record<string, string>> {
  if ('identityToken' in credentials) {
    const { identityToken } = credentials;
    return { auth: base64('<token>:'), identitytoken: identityToken };
  }
  return { auth: base64(`${credentials.user}:${credentials.password}`) };
}

/** As the header `X-Registry-Auth` of Docker's API. */
export function authHeaderOf(credentials: Credentials, registry: string): string {
  const facts =
    'identityToken' in credentials
      ? { identitytoken: credentials.identityToken }
      : { username: credentials.user, password: credentials.password };
  const text = base64(JSON.stringify({ ...facts, serveraddress: registry }));
  // Engines want the padding that Node leaves out of base64url, and take a header without it for none.
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
