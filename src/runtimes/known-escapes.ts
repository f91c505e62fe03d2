/** A program that stands between containers and this machine. */
export interface Program {
  /** `docker`, `runc`, `crun` */
  readonly name: string;
  /** `1.1.5+ds1` */
  readonly version: string;
}

export interface KnownEscape {
  readonly id: string;
  readonly program: Program;
  /** The oldest releases without it, one for each line that was fixed. */
  readonly fixedIn: readonly string[];
}

interface Entry {
  readonly ids: readonly string[];
  readonly program: string;
  readonly fixedIn: readonly string[];
}

// Ways out of a container to this machine that were found in released versions.
const entries: readonly Entry[] = [
  { program: 'runc', ids: ['CVE-2019-5736', 'CVE-2021-30465'], fixedIn: ['1.0.0'] },
  { program: 'runc', ids: ['CVE-2024-21626'], fixedIn: ['1.1.12'] },
  {
    program: 'runc',
    ids: ['CVE-2025-31133', 'CVE-2025-52565', 'CVE-2025-52881'],
    fixedIn: ['1.2.8', '1.3.3', '1.4.0'],
  },
  { program: 'crun', ids: ['CVE-2019-18837'], fixedIn: ['0.10.5'] },
  { program: 'docker', ids: ['CVE-2026-41567', 'CVE-2026-42306'], fixedIn: ['29.5.1'] },
];

/** What is known of the programs by their versions; a distribution may have fixed one without changing its number. */
export function findKnownEscapes(programs: readonly Program[]): readonly KnownEscape[] {
  return programs.flatMap((program) =>
    entries
      .filter(({ program: name, fixedIn }) => name === program.name && isAffected(program.version, fixedIn))
      .flatMap(({ ids, fixedIn }) => ids.map((id) => ({ id, program, fixedIn }))),
  );
}

/** `runc 1.1.5 has CVE-… (fixed in 1.1.12)`, one for each program and release that fixes it. */
export function describeEscapes(escapes: readonly KnownEscape[]): string {
  const groups = new Map<string, string[]>();
  for (const { id, program, fixedIn } of escapes) {
    const key = `${program.name} ${program.version}\n${fixedIn.join(' and ')}`;
    groups.set(key, [...(groups.get(key) ?? []), id]);
  }
  return [...groups]
    .map(([key, ids]) => {
      const [program, fixed] = key.split('\n');
      return `${program} has ${ids.join(', ')} (fixed in ${fixed})`;
    })
    .join('; ');
}

function isAffected(version: string, fixedIn: readonly string[]): boolean {
  const numbers = numbersOf(version);
  if (numbers === undefined) return false;
  const fixes = fixedIn.map(numbersOf).filter((fix) => fix !== undefined);
  const ownLine = fixes.find(([major, minor]) => major === numbers[0] && minor === numbers[1]);
  return ownLine === undefined ? fixes.every((fix) => isOlder(numbers, fix)) : isOlder(numbers, ownLine);
}

type Numbers = readonly [number, number, number];

function numbersOf(version: string): Numbers | undefined {
  const [, major, minor, patch = '0'] = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function isOlder(a: Numbers, b: Numbers): boolean {
  return a[0] !== b[0] ? a[0] < b[0] : a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];
}
