import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDockerCertificates } from '../docker/docker-certificates.ts';
import { findFreePort } from '../processes/free-port.ts';
import { runCommand } from '../processes/run-command.ts';
import { startDaemon } from '../processes/start-daemon.ts';

export interface RegistryOptions {
  /** Absent: anyone may pull and push. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Speak TLS, with a certificate of an authority that nobody knows. */
  readonly tls?: boolean;
  /** Where it listens; absent: a free port of loopback. */
  readonly address?: string;
}

export interface Registry {
  /** `127.0.0.1:…`, the first part of its images' names. Without TLS it is HTTP, which engines accept on loopback. */
  readonly address: string;
  /** The authority of its certificate, as a PEM file; empty without TLS. */
  readonly ca: string;
  /** Where its blobs are, for tests that damage them. */
  readonly storage: string;
  readonly logFile: string;
  stop(): Promise<void>;
}

/** An empty image registry on loopback. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-'));
  const storage = join(directory, 'storage');
  const logFile = join(directory, 'log');
  const configFile = join(directory, 'config.yml');
  const address = options.address ?? `127.0.0.1:${await findFreePort()}`;
  const auth =
    options.login === undefined ? {} : { auth: { htpasswd: await writePasswords(directory, options.login) } };
  const certificates = options.tls === true ? (await makeDockerCertificates(directory)).server : undefined;
  const certificate = (name: string) => join(certificates ?? '', name);
  const tls =
    certificates === undefined ? {} : { tls: { certificate: certificate('cert.pem'), key: certificate('key.pem') } };
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: storage } },
    http: { addr: address, ...tls },
    ...auth,
  };
  // YAML is a superset of JSON.
  await writeFile(configFile, JSON.stringify(config));
  const daemon = await startDaemon({
    program: 'docker-registry',
    args: ['serve', configFile],
    logFile,
    isReady: () => answers(`${certificates === undefined ? 'http' : 'https'}://${address}/v2/`),
  });
  const stop = async () => {
    await daemon.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { address, ca: certificates === undefined ? '' : certificate('ca.pem'), storage, logFile, stop };
}

async function writePasswords(directory: string, login: NonNullable<RegistryOptions['login']>) {
  const path = join(directory, 'htpasswd');
  // The registry reads bcrypt alone, which Debian's perl has from libcrypt.
  const salt = '$2b$05$abcdefghijklmnopqrstuu';
  const hash = await runCommand('perl', '-e', 'print crypt($ARGV[0], $ARGV[1])', login.password, salt);
  await writeFile(path, `${login.user}:${hash}\n`);
  return { realm: 'tests', path };
}

/** A server with any certificate counts, also with one that is not trusted. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = url.startsWith('https') ? https.get(url, { rejectUnauthorized: false }) : http.get(url);
    asked.once('error', () => resolve(false));
    asked.once('response', (response) => {
      response.resume();
      resolve(true);
    });
  });
}
