import type { AgentList } from '../../../src/wire/http/agents.ts';
import type { AuditList } from '../../../src/wire/http/audit.ts';
import type { ImageList } from '../../../src/wire/http/images.ts';
import type { ServiceList, SettingList } from '../../../src/wire/http/operation.ts';
import type { QueueState } from '../../../src/wire/http/queue.ts';
import type { CreatedToken, TokenList, TokenRequest } from '../../../src/wire/http/tokens.ts';
import { call, callJson } from './call.ts';

export type { AuditList } from '../../../src/wire/http/audit.ts';
export type { ImageList } from '../../../src/wire/http/images.ts';
export type { SettingList } from '../../../src/wire/http/operation.ts';
export type { QueueState } from '../../../src/wire/http/queue.ts';

export function listAgents(): Promise<AgentList> {
  return callJson('/v1/agents');
}

export function getQueue(): Promise<QueueState> {
  return callJson('/v1/queue');
}

export function changeQueue(change: 'pause' | 'resume'): Promise<QueueState> {
  return callJson(`/v1/queue/${change}`, { method: 'POST' });
}

export function listImages(): Promise<ImageList> {
  return callJson('/v1/images');
}

export async function pullImage(image: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await call('/v1/images', { method: 'POST', headers, body: JSON.stringify({ image }) });
}

export async function removeImage(name: string): Promise<void> {
  await call(`/v1/images/${name.split('/').map(encodeURIComponent).join('/')}`, { method: 'DELETE' });
}

/** Removes those that nothing uses. @returns how many */
export async function pruneImages(): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await callJson<ImageList>('/v1/images/prune', { method: 'POST', headers, body: '{}' })).images.length;
}

export function listAudit(limit: number): Promise<AuditList> {
  return callJson(`/v1/audit?limit=${limit}`);
}

/** Every token, in as many calls as that takes: their number is bounded. */
export async function listTokens(): Promise<TokenList> {
  const tokens: TokenList['tokens'] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: TokenList = await callJson(`/v1/tokens?limit=1000${cursor && `&cursor=${cursor}`}`);
    tokens.push(...page.tokens);
    cursor = page.next;
  }
  return { tokens };
}

export function createToken(token: TokenRequest): Promise<CreatedToken> {
  const headers = { 'content-type': 'application/json' };
  return callJson('/v1/tokens', { method: 'POST', headers, body: JSON.stringify(token) });
}

export async function revokeToken(id: string): Promise<void> {
  await call(`/v1/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export function listServices(): Promise<ServiceList> {
  return callJson('/v1/services');
}

export function listSettings(): Promise<SettingList> {
  return callJson('/v1/settings');
}

/** As JSON. */
export async function getPolicyText(): Promise<string> {
  return (await call('/v1/policy')).text();
}
