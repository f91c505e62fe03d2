import { readFile } from 'node:fs/promises';
import { ExecError, messageOf } from '../../../../support/exec-error.ts';
import type { Clock } from '../../../../support/time/clock.ts';
import type { Credential, CredentialSource } from './kube-access.ts';

/** The kubelet writes a new token when a fifth of the old one's time is left, which is at least two minutes. */
const rereadAfterMs = 60_000;

/** A token in a file that another program renews, as the kubelet does for service accounts. */
export function tokenFile(path: string, clock: Clock): CredentialSource {
  let cached: { readonly credential: Credential; readonly readAt: number } | undefined;
  const read = async () => {
    const credential = { token: await readToken(path) };
    cached = { credential, readAt: clock.now() };
    return credential;
  };
  return {
    origin: `the token in ${path}`,
    async get() {
      if (cached !== undefined && clock.now() - cached.readAt < rereadAfterMs) return cached.credential;
      return read();
    },
    async refused({ token }) {
      return (await read()).token !== token;
    },
  };
}

async function readToken(path: string): Promise<string> {
  const token = await readFile(path, 'utf8').catch((error: unknown) => {
    const text = `The token of the Kubernetes API cannot be read: ${messageOf(error)}. Mount it, or name another file.`;
    throw new ExecError('RUNTIME_UNAVAILABLE', text, { cause: error });
  });
  if (token.trim() === '') throw new ExecError('RUNTIME_UNAVAILABLE', `The token file ${path} is empty.`);
  return token.trim();
}
