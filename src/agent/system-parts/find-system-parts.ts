import { canAccess } from '../../support/files/can-access.ts';
import { findProgram } from '../../support/processes/find-program.ts';
import { runCommand } from '../../support/processes/run-command.ts';
import { type SystemPart, systemParts } from './system-parts.ts';

export interface FoundPart {
  readonly part: SystemPart;
  /** Absent: it is not here. */
  readonly path?: string;
  /** Absent for a file, and for a program that prints no version. */
  readonly version?: string;
}

export interface FindOptions {
  /** The user's `$PATH`; the system's own directories are searched besides. */
  readonly searchPath: string;
  readonly signal: AbortSignal;
  readonly parts?: readonly SystemPart[];
}

/** Where each part is and which version, in the order of the table. */
export async function findSystemParts(options: FindOptions): Promise<readonly FoundPart[]> {
  const { searchPath, signal, parts = systemParts } = options;
  return Promise.all(parts.map((part) => findPart(part, searchPath, signal)));
}

async function findPart(part: SystemPart, searchPath: string, signal: AbortSignal): Promise<FoundPart> {
  const { where } = part;
  if ('file' in where) return (await canAccess(where.file)) ? { part, path: where.file } : { part };
  const path = await findProgram(where.program, searchPath);
  if (path === undefined) return { part };
  const version = await askVersion(path, where.versionArgs, signal);
  return version === undefined ? { part, path } : { part, path, version };
}

const versionTimeoutMs = 10_000;

/** The first number with a dot in what the program prints. */
async function askVersion(path: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(versionTimeoutMs)]);
  try {
    const { code, stdout, stderr } = await runCommand([path, ...args], { signal: inTime });
    return code === 0 ? /\d+\.\d[\w.+~:-]*/.exec(stdout + stderr)?.[0] : undefined;
  } catch {
    signal.throwIfAborted();
    // The program exists but prints no version. The code that uses it reports what is wrong with it.
    return undefined;
  }
}
