import { z } from 'zod';
import { ExecError } from '../../../../support/exec-error.ts';
import { readJson } from '../../../../support/json/read-json.ts';
import { runCommand } from '../../../../support/processes/run-command.ts';
import type { Clock } from '../../../../support/time/clock.ts';
import type { Credential, CredentialSource } from './kube-access.ts';

/** The `exec` of a user in a kubeconfig, resolved: a program that prints a credential. */
export interface CredentialPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly apiVersion: string;
  /** The kubeconfig's, for the fix in messages. */
  readonly installHint?: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const printedSchema = z.object({
  kind: z.literal('ExecCredential'),
  status: z.object({
    expirationTimestamp: z.iso.datetime({ offset: true }).optional(),
    token: z.string().min(1).optional(),
    clientCertificateData: z.string().min(1).optional(),
    clientKeyData: z.string().min(1).optional(),
  }),
});

/** A credential is replaced this long before it expires. */
const renewBeforeMs = 30_000;

interface Printed {
  readonly credential: Credential;
  /** Epoch milliseconds; infinite without an end. */
  readonly expiresAt: number;
}

/** Runs the program once for each credential: callers at the same time share one run, and its result is kept until it expires. */
export function execCredential(plugin: CredentialPlugin): CredentialSource {
  let current: Promise<Printed> | undefined;
  const ask = () => {
    const asked = askPlugin(plugin);
    current = asked;
    asked.catch(() => {
      if (current === asked) current = undefined;
    });
    return asked;
  };
  return {
    origin: `the credential of "${plugin.command}"`,
    async get() {
      const { credential, expiresAt } = await (current ?? ask());
      if (plugin.clock.now() < expiresAt - renewBeforeMs) return credential;
      return (await ask()).credential;
    },
    async refused(credential) {
      const kept = await current?.catch(() => undefined);
      if (kept === undefined || kept.credential === credential) current = undefined;
      return true;
    },
  };
}

async function askPlugin(plugin: CredentialPlugin): Promise<Printed> {
  const ended = await runPlugin(plugin);
  if (ended === undefined) throw failed(plugin, 'it did not end in time or was not found');
  if (ended.code !== 0) throw failed(plugin, `it ended with code ${ended.code}`);
  const { data, problem } = readJson(ended.stdout, printedSchema);
  // The problem may quote what was printed, which may be a secret.
  if (problem !== undefined) throw failed(plugin, 'what it printed is not an ExecCredential');
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = data.status;
  if (token === undefined && (cert === undefined || key === undefined))
    throw failed(plugin, 'it printed neither a token nor a certificate with its key');
  const expiresAt = expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(expirationTimestamp);
  const certificate = cert === undefined || key === undefined ? {} : { certificate: { cert, key } };
  return { credential: { ...(token === undefined ? {} : { token }), ...certificate }, expiresAt };
}

/** undefined: it could not be started, or did not end in time. */
async function runPlugin({ command, args, environment, apiVersion, timeoutMs }: CredentialPlugin) {
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec: { interactive: false } });
  const options = {
    environment: { ...environment, KUBERNETES_EXEC_INFO: info },
    signal: AbortSignal.timeout(timeoutMs),
  };
  return runCommand([command, ...args], options).catch(() => undefined);
}

function failed({ command, installHint }: CredentialPlugin, why: string): ExecError {
  const hint = installHint === undefined ? '' : ` ${installHint.trim()}`;
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The kubeconfig's program "${command}" gave no credential for the Kubernetes API: ${why}. Run it by hand on the agent's host.${hint}`,
  );
}
