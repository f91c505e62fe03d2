import type { ExecutionRequest } from '../../wire/request/request.ts';
import { requestToDraft } from './draft/request-to-draft.ts';
import { parseRequest } from './request/parse-request.ts';

const options = { maxBytes: 10_000 };
export const context = {
  executionId: crypto.randomUUID(),
  gateway: 'redis',
  tenant: 't',
  warnings: [],
  responseChannel: 'exec-responses',
  servicePort: 9000,
};

export function parse(value: unknown) {
  return parseRequest(typeof value === 'string' ? value : JSON.stringify(value), options);
}

export function problemOf(value: unknown): string {
  const parsed = parse(value);
  return parsed.ok ? 'it was accepted' : parsed.error.message;
}

export function draft(request: Partial<ExecutionRequest>) {
  return requestToDraft({ container: { image: 'alpine' }, ...request }, context);
}

export function refusal(request: Partial<ExecutionRequest>): string {
  try {
    draft(request);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('it was accepted');
}
