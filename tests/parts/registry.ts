import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { startDaemon } from './start-daemon.ts';

export interface RegistryOptions {
  /** Absent: anyone may pull and push. */
  readonly login?: { readonly user: string; readonly password: string };
}

export interface Registry {
  /** `127.0.0.1:…`, the first part of its images' names. Plain HTTP, which engines accept on loopback. */
  readonly address: string;
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
  const address = `127.0.0.1:${await findFreePort()}`;
  const auth =
    options.login === undefined ? {} : { auth: { htpasswd: await writePasswords(directory, options.login) } };
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: storage } },
    http: { addr: address },
    ...auth,
  };
  // YAML is a superset of JSON.
  await writeFile(configFile, JSON.stringify(config));
  const daemon = await startDaemon({
    program: 'docker-registry',
    args: ['serve', configFile],
    logFile,
    isReady: () => answers(`http://${address}/v2/`),
  });
  const stop = async () => {
    await daemon.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { address, storage, logFile, stop };
}

async function writePasswords(directory: string, login: NonNullable<RegistryOptions['login']>) {
  const path = join(directory, 'htpasswd');
  // The registry reads bcrypt alone, which Debian's perl has from libcrypt.
  const salt = '$2b$05$abcdefghijklmnopqrstuu';
  const hash = await runCommand('perl', '-e', 'print crypt($ARGV[0], $ARGV[1])', login.password, salt);
  await writeFile(path, `${login.user}:${hash}\n`);
  return { realm: 'tests', path };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
