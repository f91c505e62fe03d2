import type { Credential, CredentialSource } from './kube-access.ts';

/** A credential that never changes. */
export function fixedCredential(credential: Credential, origin: string): CredentialSource {
  return { origin, get: async () => credential, refused: async () => false };
}
