import { z } from 'zod';
import { ExecError } from '../../support/exec-error.ts';
import { findProgram } from '../../support/processes/find-program.ts';
import { runCommand } from '../../support/processes/run-command.ts';
import type { Credentials } from './credentials.ts';

export interface HelperCall {
  /** As the configuration has it: `pass` for the program docker-credential-pass. */
  readonly helper: string;
  /** What the helper is asked for. */
  readonly server: string;
  readonly searchPath: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

const answerSchema = z.object({ Username: z.string(), Secret: z.string().min(1) });
const tokenUser = '<token>';

/**
 * Asks a credential helper of Docker's.
 * @returns undefined when it has nothing for that server
 * @throws ExecError IMAGE_PULL_FAILED that repeats nothing of what the helper printed: it may hold secrets
 */
export async function askCredentialHelper(call: HelperCall): Promise<Credentials | undefined> {
  const name = `docker-credential-${call.helper}`;
  const program = /^[\w.-]+$/.test(call.helper) ? await findProgram(name, call.searchPath) : undefined;
  if (program === undefined) throw failed(name, 'it is not on the search path of the agent');
  const ended = await runHelper(program, call);
  if (ended === undefined) throw failed(name, 'it did not answer in time');
  const { code, stdout } = ended;
  if (code !== 0 && /credentials not found/i.test(stdout)) return undefined;
  if (code !== 0) throw failed(name, `it ended with code ${code}`);
  const answer = parseAnswer(stdout);
  if (answer === undefined) throw failed(name, 'its answer has no Username and Secret');
  const { Username: user, Secret: secret } = answer;
  return user === tokenUser ? { identityToken: secret, source: name } : { user, password: secret, source: name };
}

/** undefined: it could not be run, or did not answer in time. */
async function runHelper(program: string, { server, environment, timeoutMs }: HelperCall) {
  const options = { environment, input: server, signal: AbortSignal.timeout(timeoutMs) };
  return runCommand([program, 'get'], options).catch(() => undefined);
}

function parseAnswer(output: string): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.parse(JSON.parse(output));
  } catch {
    // The error would quote the answer.
    return undefined;
  }
}

function failed(name: string, why: string): ExecError {
  return new ExecError(
    'IMAGE_PULL_FAILED',
    `The credential helper ${name} could not be used: ${why}. Try "${name} get" by hand on the agent's machine.`,
  );
}
