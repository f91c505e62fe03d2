import { signal } from '@preact/signals';
import type { SessionList } from '../../../src/wire/http/sessions.ts';
import type { Scope } from '../../../src/wire/scopes.ts';
import { call, callJson } from './call.ts';

export interface Session {
  readonly tenant: string;
  /** `token:…`, or `local` where the agent has no tokens. */
  readonly actor: string;
  readonly scopes: readonly Scope[];
  readonly version: string;
}

/** Undefined until it is known. */
export const session = signal<Session | undefined>(undefined);

/** Whether the user may do that; the agent decides, the page only hides what would be refused. */
export function may(scope: Scope): boolean {
  return session.value?.scopes.includes(scope) === true;
}

/** Whether there can be executions of other tenants that the user may see. */
export function seesTenants(): boolean {
  return may('admin') && session.value?.actor !== 'local';
}

export async function getSession(): Promise<Session> {
  session.value = await callJson<Session>('/ui/session');
  return session.value;
}

export async function logIn(token: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await call('/ui/session', { method: 'POST', headers, body: JSON.stringify({ token }) });
}

export async function logOut(): Promise<void> {
  await call('/ui/session', { method: 'DELETE' });
}

export async function listSessions(): Promise<SessionList['sessions']> {
  return (await callJson<SessionList>('/v1/sessions')).sessions;
}

export async function closeSession(id: string): Promise<void> {
  await call(`/v1/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Logs out everywhere. */
export async function closeSessions(): Promise<void> {
  await call('/v1/sessions', { method: 'DELETE' });
}
