import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createDockerRuntime } from '../../src/runtimes/docker/create-docker-runtime.ts';
import { createOciRuntime } from '../../src/runtimes/oci/oci-runtime.ts';
import type { RegistryAccess, RegistryAccessOptions } from '../../src/runtimes/registries/registry-access.ts';
import type { Runtime } from '../../src/runtimes/runtime.ts';
import { ExecError } from '../../src/support/exec-error.ts';
import { publishImage } from '../parts/images/publish-image.ts';
import { type Registry, startRegistry } from '../parts/images/registry.ts';
import { registryAccess } from '../parts/images/registry-access.ts';
import { findFreePort } from '../parts/processes/free-port.ts';
import { describeWith } from '../parts/require-part.ts';
import { optionsBelow } from './options-below.ts';

const always = { pull: 'always', signal: new AbortController().signal } as const;
const login = { user: 'robot', password: 'hush:hush' };
const auth = Buffer.from(`${login.user}:${login.password}`).toString('base64');

/** A registry with a login and TLS, and what an agent may know of it. */
describeWith(['docker', 'oci', 'registry'], 'a private registry', () => {
  let base: string;
  let registry: Registry;
  /** The same without TLS: an engine on loopback that is refused over TLS tries without, and tells of that alone. */
  let plain: Registry;
  let image: string;
  let digest: string;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'registries-'));
    registry = await startRegistry({ login, tls: true });
    image = `${registry.address}/private/tool:1`;
    const flags = ['--dest-creds', `${login.user}:${login.password}`];
    digest = await publishImage(image, 'private', flags);
    plain = await startRegistry({ login });
    await publishImage(`${plain.address}/private/tool:1`, 'private', flags);
    await mkdir(join(base, 'bin'));
    await writeHelper('works', `{"ServerURL":"x","Username":"${login.user}","Secret":"${login.password}"}`);
    await writeHelper('lies', `{"Username":"${login.user}","Secret":"not-${login.password}"}`);
    await writeHelper('breaks', `secret words`, 3);
  });
  afterAll(async () => {
    await registry?.stop();
    await plain?.stop();
    await rm(base, { recursive: true, force: true });
  });

  async function writeHelper(name: string, answer: string, code = 0): Promise<void> {
    const path = join(base, 'bin', `docker-credential-${name}`);
    await writeFile(path, `#!/bin/sh\n[ "$1" = get ] || exit 9\nread server\necho '${answer}'\nexit ${code}\n`);
    await chmod(path, 0o755);
  }

  /** What the agent knows of the registry: its authority always, credentials by one of several ways. */
  async function accessBy(how: object, dockerConfig: object = {}): Promise<RegistryAccess> {
    const directory = await mkdtemp(join(base, 'config-'));
    await writeFile(join(directory, 'config.json'), JSON.stringify(dockerConfig));
    const options: Partial<RegistryAccessOptions> = {
      dockerConfigDir: directory,
      searchPath: `${join(base, 'bin')}:${process.env.PATH}`,
      environment: { PATH: process.env.PATH, REGISTRY_PASSWORD: login.password },
    };
    return registryAccess({
      ...options,
      settings: { [registry.address]: { ca: registry.ca, ...how }, [plain.address]: { insecure: true } },
    });
  }

  describe.each(['docker', 'oci'] as const)('from %s', (name) => {
    async function withRuntime<T>(registries: RegistryAccess, body: (runtime: Runtime) => Promise<T>): Promise<T> {
      const options = { ...optionsBelow(join(base, name)), registries };
      const runtime =
        name === 'oci'
          ? await createOciRuntime(options)
          : createDockerRuntime({ ...options, host: inject('docker').host, transfer: 'bind' });
      try {
        return await body(runtime);
      } finally {
        await runtime.close();
      }
    }

    const pull = (registries: RegistryAccess, reference = image) =>
      withRuntime(registries, (runtime) => runtime.images.ensure(reference, always));

    /** The failure, which never repeats a password. */
    async function failureOf(registries: RegistryAccess, reference = image): Promise<ExecError> {
      const failure = await pull(registries, reference).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!(failure instanceof ExecError)) throw new Error('it was pulled');
      const told = [failure.message, JSON.stringify(failure.context), failure.stack].join();
      for (const secret of [login.password, auth, 'secret words']) expect(told).not.toContain(secret);
      return failure;
    }

    test.each<[string, () => Promise<RegistryAccess>]>([
      [
        'a password file',
        async () => {
          await writeFile(join(base, 'password'), `${login.password}\n`);
          return accessBy({ user: login.user, password_file: join(base, 'password') });
        },
      ],
      ['a variable', () => accessBy({ user: login.user, password_env: 'REGISTRY_PASSWORD' })],
      ['Docker’s configuration file', () => accessBy({}, { auths: { [registry.address]: { auth } } })],
      ['an address in it', () => accessBy({}, { auths: { [`https://${registry.address}/v2/`]: { auth } } })],
      ['a credential helper', () => accessBy({}, { credHelpers: { [registry.address]: 'works' } })],
      ['a credential store', () => accessBy({}, { credsStore: 'works', auths: { [registry.address]: {} } })],
    ])('is pulled from with %s', async (_title, access) => {
      expect(await pull(await access())).toMatchObject({ reference: image, digest });
    });

    test('no login, wrong credentials, a broken helper and a missing image have messages of their own', async () => {
      const { address } = plain;
      const name = `${address}/private/tool:1`;
      const failureWith = async (dockerConfig: object, reference = name) =>
        failureOf(await accessBy({}, dockerConfig), reference);

      const nothing = await failureWith({});
      expect(nothing).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
      expect(nothing.message).toMatch(/wants a login, and the agent has none/);

      const wrong = await failureWith({ credHelpers: { [address]: 'lies' } });
      expect(wrong).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
      expect(wrong.message).toMatch(/does not accept the credentials from docker-credential-lies/);

      const broken = await failureWith({ credHelpers: { [address]: 'breaks' } });
      expect(broken.message).toMatch(/docker-credential-breaks could not be used: it ended with code 3/);

      const absent = await failureWith({ credsStore: 'absent' });
      expect(absent.message).toMatch(/docker-credential-absent could not be used: it is not on the search path/);

      const missing = await failureWith({ auths: { [address]: { auth } } }, name.replace(/:1$/, ':2'));
      expect(missing).toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    });

    test('a registry that is asked too often says so', async () => {
      const server = createServer((request, response) => {
        const isPing = request.url === '/v2/';
        response.writeHead(isPing ? 200 : 429, { 'content-type': 'application/json', 'retry-after': '1' });
        response.end(isPing ? '{}' : '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}');
      });
      const port = await findFreePort();
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      try {
        const host = `127.0.0.1:${port}`;
        const registries = registryAccess({ settings: { [host]: { insecure: true } } });
        const failure = await failureOf(registries, `${host}/tool:1`);
        expect(failure).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
        expect(failure.message).toMatch(/limits how often it is asked/);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });

    test('a mirror is asked first, and what it does not have comes from the registry itself', async () => {
      const mirror = await startRegistry();
      try {
        const mirrored = await publishImage(`${mirror.address}/copies/private/tool:mirrored`, 'from the mirror');
        const registries = registryAccess({
          settings: {
            [registry.address]: {
              mirrors: ['127.0.0.1:1', `${mirror.address}/copies`],
              user: login.user,
              password_env: 'REGISTRY_PASSWORD',
              ca: registry.ca,
            },
            [mirror.address]: { insecure: true },
          },
          environment: { REGISTRY_PASSWORD: login.password },
        });
        const name = image.replace(/:1$/, ':mirrored');
        expect(await pull(registries, name)).toMatchObject({ reference: name, digest: mirrored });
        const byDigest = image.replace(/:1$/, `@${mirrored}`);
        expect(await pull(registries, byDigest)).toMatchObject({ reference: byDigest, digest: mirrored });
        expect(await pull(registries)).toMatchObject({ reference: image, digest });
        await withRuntime(registries, async ({ images }) => {
          expect(await images.ensure(name, { ...always, pull: 'never' })).toMatchObject({ digest: mirrored });
        });
      } finally {
        await mirror.stop();
      }
    });

    if (name === 'oci')
      test.each([
        'loopback',
        '169.254.169.254',
      ])('redirects: a registry that sends its readers to %s is refused, and nothing connects there', async (where) => {
        let connections = 0;
        const other = createServer((_request, response) => response.end('a secret of this host'));
        other.on('connection', () => {
          connections += 1;
        });
        const port = await findFreePort();
        await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
        const location = where === 'loopback' ? `http://127.0.0.1:${port}/` : `http://${where}/`;
        const server = createServer((request, response) => {
          if (request.url === '/v2/') response.end('{}');
          else response.writeHead(307, { location }).end();
        });
        const own = await findFreePort();
        await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve));
        try {
          const host = `127.0.0.1:${own}`;
          const registries = registryAccess({ settings: { [host]: { insecure: true } } });
          const failure = await failureOf(registries, `${host}/tool:1`);
          expect(failure.code).toBe('IMAGE_PULL_FAILED');
          expect(failure.message).not.toContain('secret');
          if (where !== 'loopback') expect(failure.message).toContain(`sends its readers to ${where}:80`);
          expect(connections).toBe(0);
        } finally {
          for (const each of [server, other]) {
            each.closeAllConnections();
            each.close();
          }
        }
      });

    if (name === 'oci')
      test('a certificate that is not known is trusted only when the registry is called insecure by name', async () => {
        const known = { user: login.user, password_env: 'REGISTRY_PASSWORD' };
        const untrusted = await failureOf(await accessBy({ ...known, ca: undefined }));
        expect(untrusted.message).toMatch(/certificate of 127\.0\.0\.1:\d+ is not trusted/);
        const pulled = await pull(await accessBy({ ...known, ca: undefined, insecure: true }));
        expect(pulled).toMatchObject({ digest });
      });
  });
});
