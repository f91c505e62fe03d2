import { join } from 'node:path';
import { type EnteredHierarchies, type GroupLimits, groupScript, writeLimits } from './group-script.ts';

/** Exit code of a launcher that finds it is the second one. */
const alreadyLaunched = 75;

/** How containers are run on this machine; which way works was found by running one. */
export interface EngineWay {
  /** `crun` or `runc`. */
  readonly name: string;
  /** `crun 1.8.1`. */
  readonly version: string;
  readonly path: string;
  /** Runs its arguments in a private mount namespace: `unshare -m …`. */
  readonly privately: readonly string[];
  /** A POSIX shell. */
  readonly shell: readonly string[];
  /** The v2 mount that has to be out of sight, for engines that refuse mixed control groups. */
  readonly hidden?: string;
  /** Hierarchies that launchers enter by themselves; absent: the engine moves the container to its control group. */
  readonly enters?: EnteredHierarchies;
}

export interface LauncherPlaces {
  /** Where the engine keeps its own state. */
  readonly engineRoot: string;
  /** An empty directory; each launcher mounts in its own namespace there. */
  readonly mountPoint: string;
}

/** What a launcher is told to run. */
export interface LaunchOrder {
  /** The container's directory; its name is the id for the engine. */
  readonly directory: string;
  /** The unpacked image. */
  readonly lower: string;
  /** Bytes that the container may write to its root filesystem. */
  readonly layerBytes: number;
  /** Absent: the engine sets them. */
  readonly limits?: GroupLimits | undefined;
}

/** What a launcher mounts before its order comes, in case that it wants the same. */
export type ExpectedRoot = Pick<LaunchOrder, 'lower' | 'layerBytes'>;

/** Where the container's root filesystem is, as the launcher sees it. */
export function rootPathIn(mountPoint: string): string {
  return join(mountPoint, 'root');
}

// A launcher makes ready what it can and waits for its order; when its agent dies before that, its input ends and so
// does it. Then it lives as long as its container and longer than the agent: it is the one who learns the exit code.
// Its mounts are in its own namespace, so they vanish with it, however it ends. noclobber (-C) makes creating `launcher`
// the act that decides who launches; no word is a pattern of file names (-f). `echo` is one write: a reader that finds no line feed knows to wait.
// It stands in the image that it expects: one that was removed and unpacked again meanwhile is another directory.
const script = `
set -Cf
umask 022
mount_point=$1 hidden=$2 protected=$3 expected=$4 expected_bytes=$5
shift 5
read -r self < /proc/self/stat
mount_root() {
  mount -t overlay -o "nodev,lowerdir=$2,upperdir=$mount_point/$1/upper,workdir=$mount_point/$1/work" overlay "$mount_point/root"
}
protect() {
  : > "$2" && mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"
}
said=$({
  { [ -z "$hidden" ] || umount "$hidden"; } &&
  mount -t tmpfs -o "mode=0700\${expected:+,size=$expected_bytes}" tmpfs "$mount_point" &&
  cd "$mount_point" &&
  mkdir root expected expected/upper expected/work ordered ordered/upper ordered/work &&
  { [ -z "$protected" ] || protect "$protected" "$1"; } &&
  prepare_groups
} 2>&1) && ready=yes
if [ -n "$expected" ] && cd "$expected" && mount_root expected "$expected"; then mounted=yes; fi 2> /dev/null

read -r files && read -r lower && read -r bytes && read -r limits || exit 0
: "\${lower:=$expected}"
exec < /dev/null
echo "$self" > "$files/launcher" || exit ${alreadyLaunched}
{
  [ "$ready" = yes ] || { echo "$said" >&2; false; }
} 2> "$files/setup.log" && {
  { [ "$mounted" = yes ] && [ . -ef "$lower" ] && [ "$bytes" = "$expected_bytes" ]; } || {
    { [ -z "$mounted" ] || umount "$mount_point/root"; } &&
    mount -t tmpfs -o "remount,mode=0700,size=$bytes" tmpfs "$mount_point" &&
    mount_root ordered "$lower"
  }
} 2>> "$files/setup.log" && (
  { [ -z "$limits" ] || enter_group $limits; } 2>> "$files/setup.log" &&
  exec "$@" \${limits:+--cgroup-manager=disabled} --log "$files/engine.log" --log-format json run --bundle "$files" --pid-file "$files/pid" "\${files##*/}" >> "$files/stdout" 2>> "$files/stderr"
)
echo $? > "$files/exit"
`;

/**
 * Program and arguments of a launcher. No text of a user is in them, nor in an order.
 * @param expected undefined: it mounts nothing before its order
 */
export function launcherCommand(
  way: EngineWay,
  { engineRoot, mountPoint }: LauncherPlaces,
  expected: ExpectedRoot | undefined,
): readonly string[] {
  const { privately, shell, hidden = '', enters } = way;
  const root = expected === undefined ? ['', ''] : [expected.lower, String(expected.layerBytes)];
  const program = isCrun(way) ? join(mountPoint, 'crun') : way.path;
  const engine = [program, '--root', engineRoot];
  const given = [mountPoint, hidden, isCrun(way) ? way.path : '', ...root];
  return [...privately, ...shell, '-c', `${groupScript(enters)}${script}`, 'launcher', ...given, ...engine];
}

/**
 * Variables of a launcher. crun starts itself a second time from a read-only mount of itself, so that no container can
 * overwrite it; launchers make that mount before they are needed and tell crun so, which saves it 2 ms.
 */
export function launcherEnvironment(way: EngineWay, path: string): Readonly<Record<string, string>> {
  return { PATH: path, ...(isCrun(way) && { _LIBCONTAINER_CLONED_BINARY: '1' }) };
}

export function isCrun({ name }: Pick<EngineWay, 'name'>): boolean {
  return name === 'crun';
}

/** An order as a launcher reads it, byte by byte: what it expects is not said again. */
export function writeOrder(order: LaunchOrder, expected: ExpectedRoot | undefined): string {
  const { directory, lower, layerBytes, limits } = order;
  const image = lower === expected?.lower ? '' : lower;
  return `${[directory, image, layerBytes, limits === undefined ? '' : writeLimits(limits)].join('\n')}\n`;
}
