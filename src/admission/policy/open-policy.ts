import { readFile, stat } from 'node:fs/promises';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Policy, PolicyBase } from './policy.ts';
import type { PolicyDocument } from './policy-schema.ts';

/** The policy as it is just now. */
export interface PolicySource {
  current(): Policy;
  /** Looks for changes no more. */
  close(): void;
}

export interface PolicySourceOptions {
  readonly base: PolicyBase;
  /** Absent: the base alone holds. */
  readonly file?: string | undefined;
  /** How often the file is looked at, in milliseconds; absent: never again. */
  readonly checkMs?: number;
  readonly logger: Logger;
}

/**
 * Reads the policy file and reads it again when it has changed. A version with mistakes is refused with a loud word in
 * the log, and the one before it stays.
 * @throws ExecError INVALID_REQUEST when the first version cannot be used
 */
export async function openPolicy({ base, file, checkMs, logger }: PolicySourceOptions): Promise<PolicySource> {
  if (file === undefined) return { current: () => ({ base, document: {} }), close: () => undefined };
  let seen = await stampOf(file);
  let document = await readPolicy(file);

  const look = async () => {
    const stamp = await stampOf(file).catch(messageOf);
    if (stamp === seen) return;
    seen = stamp;
    try {
      document = await readPolicy(file);
      logger.info({ file }, 'the policy was read anew');
    } catch (error) {
      logger.error({ err: error, file }, 'THE NEW POLICY IS REFUSED; the one before it stays in force');
    }
  };
  const timer = checkMs === undefined ? undefined : setInterval(() => void look(), checkMs);
  timer?.unref();
  return { current: () => ({ base, document }), close: () => clearInterval(timer) };
}

/** Differs whenever the file was written, or another took its place. */
async function stampOf(file: string): Promise<string> {
  const { mtimeNs, size, ino } = await stat(file, { bigint: true }).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  return `${mtimeNs} ${size} ${ino}`;
}

async function readPolicy(file: string): Promise<PolicyDocument> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const { parsePolicy } = await import('./parse-policy.ts');
  return parsePolicy(text, file);
}

function unreadable(file: string, cause: unknown): ExecError {
  return new ExecError('INVALID_REQUEST', `The policy file ${file} cannot be read: ${messageOf(cause)}.`, { cause });
}
