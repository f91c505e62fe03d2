import { constants } from 'node:fs';
import { isAbsolute } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import { canAccess } from '../../../support/files/can-access.ts';
import { findProgram } from '../../../support/processes/find-program.ts';
import type { OciOptions } from '../oci-options.ts';

export interface FoundPrograms {
  /** In order of preference. */
  readonly engines: readonly string[];
  readonly init: string;
  /** Only agents in containers need it. */
  readonly nsenter: string | undefined;
}

const systemDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const defaultEngines = ['crun', 'runc'];
const inits = ['tini-static', 'docker-init', 'catatonit'];

/** @throws ExecError RUNTIME_UNAVAILABLE naming the Debian packages that are missing */
export async function findPrograms(options: OciOptions): Promise<FoundPrograms> {
  const { commands = {}, searchPath, engines: wanted = defaultEngines } = options;
  const find = (name: string) => locateProgram(name, searchPath);
  const [engines, [init], nsenter] = await Promise.all([
    findAll(wanted, find),
    findAll(commands.init === undefined ? inits : [commands.init], find),
    find('nsenter'),
  ]);

  if (engines.length === 0) throw missing(wanted.join(' or '), 'crun (or runc)');
  if (init === undefined) throw missing(inits.join(', '), 'tini');
  return { engines, init, nsenter };
}

/** @param program a name, or an absolute path, which may lead nowhere */
export async function locateProgram(program: string, searchPath: string): Promise<string | undefined> {
  if (!isAbsolute(program)) return findProgram(program, searchPath);
  return (await canAccess(program, constants.X_OK)) ? program : undefined;
}

/** The search path for programs that we start; the system's own directories are part of it, as they are when we look. */
export function programPath(searchPath: string): string {
  return [searchPath, ...systemDirectories].filter((directory) => directory !== '').join(':');
}

async function findAll(
  names: readonly string[],
  find: (name: string) => Promise<string | undefined>,
): Promise<readonly string[]> {
  const found = await Promise.all(names.map(find));
  return found.filter((path) => path !== undefined);
}

function missing(program: string, debianPackage: string): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `${program} is not installed. Install the package ${debianPackage}: apt-get install ${debianPackage.split(' ')[0]}.`,
  );
}
