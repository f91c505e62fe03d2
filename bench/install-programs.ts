import { findSystemParts } from '../src/agent/system-parts/find-system-parts.ts';
import { installSystemParts } from '../src/agent/system-parts/install-system-parts.ts';
import { type SystemPart, systemParts } from '../src/agent/system-parts/system-parts.ts';

/** What only the benchmark needs: peers that the agent is compared with, and a load generator. */
const benchParts: readonly SystemPart[] = [
  {
    name: 'nginx',
    purpose: 'the peer of the service proxy in the benchmark',
    where: { program: 'nginx', versionArgs: ['-v'] },
    debianPackage: 'nginx-light',
    elsewhere: 'nginx 1.18 or later (nginx.org)',
  },
  {
    name: 'wrk',
    purpose: 'sends the load of the benchmark',
    where: { program: 'wrk', versionArgs: ['-v'] },
    debianPackage: 'wrk',
    elsewhere: 'wrk 4 or later (github.com/wg/wrk)',
  },
  {
    name: 'curl',
    purpose: 'the peer of the object store clients in the benchmark',
    where: { program: 'curl', versionArgs: ['--version'] },
    debianPackage: 'curl',
    elsewhere: 'curl (curl.se)',
  },
  {
    // Debian 12 has it in docker.io, later releases in a package of its own.
    name: 'docker-cli',
    purpose: 'the peer of the agent in the benchmark',
    where: { program: 'docker', versionArgs: ['--version'] },
    debianPackage: 'docker-cli',
    elsewhere: 'the docker command line (docs.docker.com/engine/install)',
  },
];

const known: readonly SystemPart[] = [...systemParts, ...benchParts];

/**
 * Finds programs by the names of their parts; missing ones are installed as root on Debian.
 * @returns their paths, in the order of the names
 * @throws ExecError that names what is missing and how to install it
 */
export async function installPrograms<const Names extends readonly string[]>(
  names: Names,
  onLine: (line: string) => void,
): Promise<{ readonly [Name in keyof Names]: string }>;
export async function installPrograms(
  names: readonly string[],
  onLine: (line: string) => void,
): Promise<readonly string[]> {
  const { signal } = new AbortController();
  const parts = names.map(partNamed);
  const find = () => findSystemParts({ searchPath: process.env.PATH ?? '', signal, parts });
  const absent = (await find()).filter(({ path }) => path === undefined);
  await installSystemParts(
    absent.map(({ part }) => part),
    { onLine, signal },
  );
  return (await find()).map(({ part, path }) => {
    if (path === undefined) throw new Error(`${part.name} is still missing after its installation: ${part.elsewhere}`);
    return path;
  });
}

function partNamed(name: string): SystemPart {
  const part = known.find((each) => each.name === name);
  if (part === undefined) throw new Error(`the benchmark knows no part named ${name}`);
  return part;
}
