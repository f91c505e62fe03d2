import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command.ts';

export interface DockerCertificates {
  /** `ca.pem`, `cert.pem`, `key.pem` of the server. */
  readonly server: string;
  /** The same of a client that the server trusts. */
  readonly client: string;
}

/** A certificate authority of the run's own, with one server for 127.0.0.1 and one client. */
export async function makeDockerCertificates(directory: string): Promise<DockerCertificates> {
  const certificates = { server: join(directory, 'server'), client: join(directory, 'client') };
  const authority = join(directory, 'authority');
  for (const each of [authority, ...Object.values(certificates)]) await mkdir(each, { recursive: true });
  await sign(authority, 'CN=exec-agent tests', []);
  const issuer = ['-CA', join(authority, 'cert.pem'), '-CAkey', join(authority, 'key.pem')];
  const forServer = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'extendedKeyUsage=serverAuth'];
  await sign(certificates.server, 'CN=dockerd', [...issuer, ...forServer, ...notAnAuthority]);
  await sign(certificates.client, 'CN=exec-agent', [
    ...issuer,
    '-addext',
    'extendedKeyUsage=clientAuth',
    ...notAnAuthority,
  ]);
  for (const each of Object.values(certificates))
    await runCommand('cp', join(authority, 'cert.pem'), join(each, 'ca.pem'));
  return certificates;
}

const notAnAuthority = ['-addext', 'basicConstraints=critical,CA:FALSE'];
const keyKind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

async function sign(directory: string, subject: string, args: readonly string[]): Promise<void> {
  const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')];
  await runCommand('openssl', 'req', '-x509', ...keyKind, ...files, '-subj', `/${subject}`, ...args);
}
