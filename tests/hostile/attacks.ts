/** One thing that code from strangers may try; each runs in a container of its own, all of them at the same time. */
export interface Attack {
  readonly script: string;
  readonly container?: object;
  readonly more?: object;
}

/** More than their share of this machine. */
export const exhaustion = {
  'a fork bomb': {
    script: 'bomb() { bomb | bomb & }; bomb; sleep 60',
    container: { resources: { pids: 40 } },
    more: { timeout: 6 },
  },
  'too many processes': {
    script: 'i=0; while [ $i -lt 200 ]; do sleep 60 & i=$((i+1)); done; echo all of them',
    container: { resources: { pids: 40 } },
  },
  'a memory bomb': { script: 'head -c 500m /dev/zero | tail', container: { resources: { memory: '32m' } } },
  'a full /tmp': {
    script: 'dd if=/dev/zero of=/tmp/x bs=1M count=64 && echo all of it',
    container: { resources: { disk: '8m' } },
  },
  'a full root filesystem': {
    script: 'dd if=/dev/zero of=/x bs=1M count=64 && sleep 60 && echo all of it',
    container: { resources: { disk: '8m' } },
  },
  'too many open files': {
    script: 'timeout 3 tail -q -n 0 -f $(yes /etc/passwd | head -n 2000); exit 9',
  },
} satisfies Record<string, Attack>;

/** Ways out: each has to fail, or to find nothing; none would do harm if it did not. */
export const escapes: Readonly<Record<string, string>> = {
  'a device of the host': 'mknod /workspace/output/disk b 254 0',
  'the memory of the host': 'mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem',
  'a mount': 'mount -t tmpfs none /mnt',
  'a mount of what is there': 'mount --bind / /mnt',
  'a namespace of its own': 'unshare -m true',
  'a user namespace': 'unshare -U true',
  'the namespaces of the first process': 'nsenter -t 1 -m -- true',
  'a raw socket': 'ping -c 1 -W 1 127.0.0.1',
  'another root': 'mkdir -p /tmp/root && chroot / true',
  'another host name': 'hostname elsewhere',
  'another time': '! date -s "$(date "+%Y-%m-%d %H:%M:%S")" 2>&1 | grep -q "not permitted"',
  'the log of the kernel': 'dmesg',
  'a module of the kernel': 'insmod /tmp/none.ko 2>&1 | grep -v "No such file" | grep -c . && false',
  'a setting of the kernel': 'echo x > /proc/sys/kernel/hostname',
  'the magic key': 'echo h > /proc/sysrq-trigger',
  'the memory of the kernel': '[ "$(head -c 1 /proc/kcore | wc -c)" -gt 0 ]',
  'its own control group':
    'd=$(find /sys/fs/cgroup -name cgroup.procs 2>/dev/null | head -n 1); [ -n "$d" ] && echo 1 > "$d"',
  'a release agent':
    'a=$(find /sys/fs/cgroup -name release_agent 2>/dev/null | head -n 1); [ -n "$a" ] && cat "$a" > "$a"',
  'the engine’s socket': 'find / -xdev -name "docker.sock" -o -xdev -name "containerd.sock" 2>/dev/null | grep .',
  'a process of the host': '[ "$(ls -d /proc/[0-9]* | wc -l)" -gt 20 ]',
  'a higher limit of open files': 'ulimit -H -n 1000000',
  'a higher priority':
    'nice -n -5 true 2>&1 | grep -v "Permission denied" | grep . ; nice -n -5 sh -c "[ \\"\\$(nice)\\" -lt 0 ]"',
  'an input': 'echo x > /workspace/input/file',
  'another input': 'echo x > /workspace/input/more',
  'the configuration': 'echo x > /workspace/config/config.json',
  'the names of hosts': 'echo x > /etc/hosts',
  'the init program':
    '[ ! -e /dev/init ] || echo x > /dev/init; [ -e /dev/init ] && false; [ ! -e /sbin/docker-init ] || echo x > /sbin/docker-init; false',
  'the root of a setuid program':
    'cp /bin/busybox /tmp/b; chmod 4755 /tmp/b; [ "$(setuidgid 1000 /tmp/b id -u 2>/dev/null || echo 1000)" = 0 ]',
  'the address of the cloud’s metadata': 'wget -T 1 -q -O - http://169.254.169.254/ 2>/dev/null',
};

/** Runs each of them and says which came through. */
export function escapeScript(): string {
  const tries = Object.entries(escapes).map(
    ([title, command], index) =>
      `if ( ${command} ) > /tmp/out-${index} 2>&1; then echo "CAME THROUGH: ${title}: $(cat /tmp/out-${index})"; else echo "held: ${title}"; fi`,
  );
  return tries.join('\n');
}
