import type { SettingFlags } from '../settings/load-settings.ts';

/** What shapes an ad hoc request; a request file says all of it itself. */
export interface RequestFlags {
  readonly input?: readonly string[];
  readonly graph?: string;
  readonly config?: string;
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly output?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
  readonly cpus?: number;
  readonly memory?: string;
  readonly pids?: number;
  /** As Docker names it. */
  readonly pidsLimit?: number;
  readonly readOnly?: boolean;
  readonly entrypoint?: string;
  readonly user?: string;
  readonly workdir?: string;
  readonly pull?: string;
  readonly name?: string;
  readonly placement?: readonly string[];
}

export interface RunFlags extends RequestFlags, SettingFlags {
  /** A directory, or true for the current one. */
  readonly save?: string | true;
  /** Whether every output file is saved, also where only some are expected. */
  readonly saveAll?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly full?: boolean;
  readonly quiet?: boolean;
  /** Whether the command gets standard input; absent: if that is a pipe or a file. */
  readonly stdin?: boolean;
}

const requestFlags: readonly (keyof RequestFlags)[] = [
  'input',
  'graph',
  'config',
  'env',
  'envFile',
  'output',
  'timeout',
  'cpus',
  'memory',
  'pids',
  'pidsLimit',
  'readOnly',
  'entrypoint',
  'user',
  'workdir',
  'pull',
  'name',
  'placement',
];

/** The ad hoc options that were given, as they were typed. */
export function givenRequestFlags(flags: RequestFlags): readonly string[] {
  return requestFlags
    .filter((name) => flags[name] !== undefined)
    .map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

/** Whether stdout is for the response as JSON, and not for what the container prints. */
export function printsJson({ json, full }: RunFlags): boolean {
  return json === true || full === true;
}
