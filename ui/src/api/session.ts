import { call, callJson } from './call.ts';

export interface Session {
  readonly tenant: string;
  /** `token:…`, or `local` where the agent has no tokens. */
  readonly actor: string;
  readonly version: string;
}

export function getSession(): Promise<Session> {
  return callJson('/ui/session');
}

export async function logIn(token: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await call('/ui/session', { method: 'POST', headers, body: JSON.stringify({ token }) });
}

export async function logOut(): Promise<void> {
  await call('/ui/session', { method: 'DELETE' });
}
