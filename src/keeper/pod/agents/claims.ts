import { setMaxListeners } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { errnoOf } from '../../../support/exec-error.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { type Claim, claimSchema } from '../../../wire/pod/pod.ts';

export type ClaimOutcome =
  /** The signal aborts once an agent with a higher fence has the pod. */
  | { readonly kind: 'granted'; readonly signal: AbortSignal }
  /** An agent with a higher fence has the pod. */
  | { readonly kind: 'superseded'; readonly fence: number }
  /** The pod belongs to another execution for good. */
  | { readonly kind: 'taken' };

/** Who may use a pod: one execution, and the agent with the highest fence that has asked. */
export interface Claims {
  current(): Claim | undefined;
  /** Grants the claim after it is written down, so that a restart forgets none. @throws when the disk does not take it */
  claim(claim: Claim): Promise<ClaimOutcome>;
}

/** @param file is created with the first claim. @throws when it is there and is not a claim */
export async function openClaims(file: string): Promise<Claims> {
  let current = await readClaim(file);
  let session = newSession();
  // One after the other, because a claim waits for the disk.
  let last: Promise<unknown> = Promise.resolve();
  const judge = async (claim: Claim): Promise<ClaimOutcome> => {
    if (current !== undefined && current.execution !== claim.execution) return { kind: 'taken' };
    if (current !== undefined && claim.fence < current.fence) return { kind: 'superseded', fence: current.fence };
    if (current?.fence !== claim.fence) {
      await writeWhole(file, JSON.stringify(claim));
      current = claim;
      session.abort(new Error(`an agent with the fence ${claim.fence} has taken over`));
      session = newSession();
    }
    return { kind: 'granted', signal: session.signal };
  };
  return {
    current: () => current,
    claim(claim) {
      const judged = last.then(() => judge(claim));
      last = judged.catch(() => undefined);
      return judged;
    },
  };
}

/** Of one agent, whose connections all end with it. */
function newSession(): AbortController {
  const session = new AbortController();
  setMaxListeners(0, session.signal);
  return session;
}

async function readClaim(file: string): Promise<Claim | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { data, problem } = readJson(text, claimSchema);
  if (problem !== undefined) throw new Error(`${file} is no claim: ${problem}`);
  return data;
}

/** A crash leaves the old text or the new one. */
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
