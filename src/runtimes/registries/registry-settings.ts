import { z } from 'zod';
import { parseYaml } from '../../support/json/parse-yaml.ts';
import { isAllowlistEntry } from '../../support/net/host-allowlist.ts';
import { registryName } from '../../support/net/registry-name.ts';

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d+)?$/;
// A setting under another spelling than that of parsed image references would never be found.
const isRegistry = (text: string) => hostPattern.test(text) && registryName(text) === text;
const host = z
  .string()
  .refine(
    isRegistry,
    'expected a registry such as registry.example.com:5000, in lower case, an address in its usual form (127.0.0.1)',
  );
const mirror = z
  .string()
  .refine((text) => isRegistry(text.split('/')[0] ?? ''), 'expected a registry, and a path below it if need be');
const text = z.string().min(1, 'expected a value that is not empty');

const registrySchema = z
  .strictObject({
    user: text.optional(),
    /** A file that holds the password and nothing else. */
    password_file: text.optional(),
    /** The variable of the agent's environment that holds it. */
    password_env: text.optional(),
    /** Asked in this order before the registry itself. */
    mirrors: z.array(mirror).optional(),
    /** A PEM file with the certificate authority of the registry. */
    ca: text.optional(),
    /** Hosts that are not on the public internet and that it may send its readers to: its token service, the store of its layers. */
    redirects: z
      .array(
        z.string().refine(isAllowlistEntry, 'expected a host name, *.name, an address or a network such as 10.0.0.0/8'),
      )
      .optional(),
    /** Without TLS, or with a certificate that nobody checks. */
    insecure: z.boolean().optional(),
  })
  .refine(
    ({ user, password_file, password_env }) =>
      (user === undefined) === (password_file === undefined && password_env === undefined) &&
      (password_file === undefined || password_env === undefined),
    'expected user together with one of password_file and password_env',
  );

const registriesSchema = z.record(host, registrySchema);

/** What is set for a registry, by its name: `registry.example.com:5000`, `docker.io`. */
export type RegistrySettings = z.infer<typeof registriesSchema>;

/** @throws ExecError INVALID_REQUEST naming line and field */
export function parseRegistrySettings(content: string, name: string): RegistrySettings {
  return parseYaml(content, { name, kind: 'list of registries', schema: registriesSchema });
}
