import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { z } from 'zod';
import { readJson } from '../../../support/json/read-json.ts';
import { type Claim, claimHeader, claimSchema } from '../../../wire/pod/pod.ts';
import type { Claims } from './claims.ts';

const longestBody = 8 * 1024 * 1024;

/** What an agent asks for that it does not get, with the HTTP status that says so. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws Refusal */
export function claimOf({ headers }: IncomingMessage): Claim {
  const { data, problem } = readJson(String(headers[claimHeader] ?? ''), claimSchema);
  if (problem !== undefined) throw new Refusal(400, `${claimHeader}: ${problem}`);
  return data;
}

/**
 * @returns aborts when an agent with a higher fence comes
 * @throws Refusal of an agent with a lower fence, or for another execution
 */
export async function admit(claims: Claims, claim: Claim): Promise<AbortSignal> {
  const outcome = await claims.claim(claim);
  if (outcome.kind === 'granted') return outcome.signal;
  if (outcome.kind === 'taken') throw new Refusal(410, 'the pod belongs to another execution');
  throw new Refusal(409, `an agent with the fence ${outcome.fence} has the pod`);
}

/** @throws Refusal */
export async function bodyOf<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  if (Number(request.headers['content-length'] ?? Number.NaN) <= longestBody) {
    const { data, problem } = readJson(await text(request), schema);
    if (problem === undefined) return data;
    throw new Refusal(400, problem);
  }
  throw new Refusal(413, `a body needs a content-length of at most ${longestBody} bytes`);
}

/** @throws Refusal */
export function portOf(given: string | undefined): number {
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Refusal(400, 'port: a whole number from 1 to 65535');
  return port;
}

/** @throws Refusal */
export function positionOf(given: string | null): number {
  const position = Number(given ?? 0);
  if (!Number.isSafeInteger(position) || position < 0) throw new Refusal(400, 'position: a whole number from 0');
  return position;
}
