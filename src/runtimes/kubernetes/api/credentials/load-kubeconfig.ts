import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { ExecError, messageOf } from '../../../../support/exec-error.ts';
import { parseYaml } from '../../../../support/json/parse-yaml.ts';
import type { Clock } from '../../../../support/time/clock.ts';
import { execCredential } from './exec-credential.ts';
import { fixedCredential } from './fixed-credential.ts';
import { type CredentialSource, defaultNamespace, type KubeAccess } from './kube-access.ts';
import { type KubeconfigCluster, type KubeconfigUser, kubeconfigSchema } from './kubeconfig-schema.ts';
import { tokenFile } from './token-file.ts';

export interface KubeconfigOptions {
  readonly path: string;
  /** Absent: the file's current context. */
  readonly context?: string | undefined;
  /** For programs that give credentials. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pluginTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * What one context of a kubeconfig file says about its cluster, its user and its namespace.
 * @throws ExecError INVALID_REQUEST that names the file, the entry and the fix
 */
export async function loadKubeconfig(options: KubeconfigOptions): Promise<KubeAccess> {
  const { path } = options;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw invalid(path, `it cannot be read: ${messageOf(error)}`, error);
  });
  const config = parseYaml(text, { name: path, kind: 'kubeconfig', schema: kubeconfigSchema });
  const name = options.context ?? config['current-context'] ?? '';
  if (name === '') throw invalid(path, 'it has no current-context. Set one with "kubectl config use-context NAME"');
  const context = named(config.contexts, name)?.context;
  if (context === undefined) throw invalid(path, `it has no context "${name}". Contexts: ${namesOf(config.contexts)}`);
  const cluster = named(config.clusters, context.cluster)?.cluster;
  if (cluster === undefined)
    throw invalid(path, `the context "${name}" names the cluster "${context.cluster}", which is missing`);
  const user = named(config.users, context.user ?? '')?.user;
  if (context.user && user == null)
    throw invalid(path, `the context "${name}" names the user "${context.user}", which is missing`);
  const origin = `the context "${name}" of ${path}`;
  return {
    ...(await describeCluster(cluster, path)),
    namespace: context.namespace || defaultNamespace,
    credentials: await credentialsOf(user ?? {}, context.user ?? '', options),
    origin,
  };
}

type ClusterFacts = Pick<KubeAccess, 'server' | 'ca' | 'serverName' | 'insecure'>;

async function describeCluster(cluster: KubeconfigCluster, path: string): Promise<ClusterFacts> {
  if (cluster['proxy-url'])
    throw invalid(path, 'proxy-url is not supported. Give the agent a way to the API server without a proxy');
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (server === undefined || !['http:', 'https:'].includes(server.protocol))
    throw invalid(path, `server "${cluster.server}" is not an http or https URL`);
  const ca = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'], path);
  const serverName = cluster['tls-server-name'];
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName ? { serverName } : {}),
    insecure: cluster['insecure-skip-tls-verify'] === true,
  };
}

/** In kubectl's order of precedence. */
async function credentialsOf(
  user: KubeconfigUser,
  name: string,
  { path, environment, pluginTimeoutMs, clock }: KubeconfigOptions,
): Promise<CredentialSource> {
  if (user['auth-provider'] != null || user.username)
    throw invalid(
      path,
      `the user "${name}" has an auth-provider or a user name, which Kubernetes no longer supports. Use exec, a token or a certificate`,
    );
  const cert = await pemOf(user['client-certificate-data'], user['client-certificate'], path);
  const key = await pemOf(user['client-key-data'], user['client-key'], path);
  if ((cert === undefined) !== (key === undefined))
    throw invalid(path, `the user "${name}" has only one of client-certificate and client-key. Set both`);
  const origin = `the user "${name}" of ${path}`;
  if (cert !== undefined && key !== undefined) return fixedCredential({ certificate: { cert, key } }, origin);
  if (user.tokenFile) return tokenFile(beside(path, user.tokenFile), clock);
  if (user.token) return fixedCredential({ token: user.token }, origin);
  if (user.exec == null) return fixedCredential({}, origin);
  const { command, args, env, apiVersion, installHint, interactiveMode } = user.exec;
  if (interactiveMode === 'Always')
    throw invalid(
      path,
      `the user "${name}" needs a terminal (interactiveMode: Always), which an agent has not. Use a service account`,
    );
  return execCredential({
    // A name without a slash is looked for in PATH; a relative path is relative to the file.
    command: command.includes('/') ? beside(path, command) : command,
    args: args ?? [],
    environment: { ...environment, ...Object.fromEntries((env ?? []).map((each) => [each.name, each.value])) },
    apiVersion,
    ...(installHint ? { installHint } : {}),
    timeoutMs: pluginTimeoutMs,
    clock,
  });
}

async function pemOf(data: string | null | undefined, file: string | null | undefined, path: string) {
  if (data) return Buffer.from(data, 'base64').toString();
  if (!file) return undefined;
  const named = beside(path, file);
  return readFile(named, 'utf8').catch((error: unknown) => {
    throw invalid(path, `it names ${named}, which cannot be read: ${messageOf(error)}`, error);
  });
}

function beside(path: string, file: string): string {
  return isAbsolute(file) ? file : join(dirname(resolve(path)), file);
}

function named<T extends { readonly name: string }>(
  list: readonly T[] | null | undefined,
  name: string,
): T | undefined {
  return list?.find((entry) => entry.name === name);
}

function namesOf(list: readonly { readonly name: string }[] | null | undefined): string {
  return list?.length ? list.map(({ name }) => name).join(', ') : 'none';
}

function invalid(path: string, why: string, cause?: unknown): ExecError {
  return new ExecError('INVALID_REQUEST', `The kubeconfig ${path} cannot be used: ${why}.`, { cause });
}
