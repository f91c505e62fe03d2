import { join } from 'node:path';

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
}

export interface LauncherPlaces {
  /** Where the engine keeps its own state. */
  readonly engineRoot: string;
  /** An empty directory; each launcher mounts in its own namespace there. */
  readonly mountPoint: string;
}

/** What a launcher is told to run. */
export interface LaunchOrder {
  /** The container's directory. */
  readonly directory: string;
  /** Id for the engine. */
  readonly id: string;
  /** The unpacked image. */
  readonly lower: string;
  /** Bytes that the container may write to its root filesystem. */
  readonly layerBytes: number;
}

/** Where the container's root filesystem is, as the launcher sees it. */
export function rootPathIn(mountPoint: string): string {
  return join(mountPoint, 'root');
}

// A launcher makes ready what it can and waits for its order; when its agent dies before that, its input ends and so
// does it. Then it lives as long as its container and longer than the agent: it is the one who learns the exit code.
// Its mounts are in its own namespace, so they vanish with it, however it ends. noclobber makes creating `launcher` the
// act that decides who launches. `echo` is one write: a reader that finds no line feed knows to wait.
const script = `
set -C
umask 022
mount_point=$1 hidden=$2
shift 2
read -r self < /proc/self/stat
said=$({
  { [ -z "$hidden" ] || umount "$hidden"; } &&
  mount -t tmpfs -o mode=0700 tmpfs "$mount_point" &&
  mkdir "$mount_point/upper" "$mount_point/work" "$mount_point/root"
} 2>&1) && ready=yes

read -r files && read -r id && read -r lower && read -r bytes || exit 0
exec < /dev/null
echo "$self" > "$files/launcher" || exit ${alreadyLaunched}
{
  [ "$ready" = yes ] || { echo "$said" >&2; false; }
} 2> "$files/setup.log" && {
  mount -t tmpfs -o "remount,mode=0700,size=$bytes" tmpfs "$mount_point" &&
  mount -t overlay -o "nodev,lowerdir=$lower,upperdir=$mount_point/upper,workdir=$mount_point/work" overlay "$mount_point/root"
} 2>> "$files/setup.log" &&
"$@" --log "$files/engine.log" --log-format json run --bundle "$files" --pid-file "$files/pid" "$id" >> "$files/stdout" 2>> "$files/stderr"
echo $? > "$files/exit"
`;

/** Program and arguments of a launcher. No text of a user is in them, nor in an order. */
export function launcherCommand(way: EngineWay, { engineRoot, mountPoint }: LauncherPlaces): readonly string[] {
  const engine = [way.path, '--root', engineRoot];
  return [...way.privately, ...way.shell, '-c', script, 'launcher', mountPoint, way.hidden ?? '', ...engine];
}

/** An order as a launcher reads it. */
export function writeOrder({ directory, id, lower, layerBytes }: LaunchOrder): string {
  return `${directory}\n${id}\n${lower}\n${layerBytes}\n`;
}
