import { digestOf } from '../request/fingerprint-of.ts';
import { messageTooLarge } from '../request/invalid-request.ts';
import type { DraftedRequest } from './draft-request.ts';

const knownBytes = 64 * 1024;

/**
 * Refuses a message by its length alone. It is neither decoded nor hashed as a whole, which would hold the event loop: it is
 * known by its length and its first bytes.
 */
export function refuseTooLarge(message: Buffer, maxBytes: number): Extract<DraftedRequest, { ok: false }> {
  return {
    ok: false,
    correlationId: null,
    error: messageTooLarge(message.length, maxBytes),
    digest: digestOf(`${message.length} ${digestOf(message.subarray(0, knownBytes))}`),
  };
}
