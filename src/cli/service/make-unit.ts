/** The unit says so in its first line, so that nothing else is overwritten or removed. */
export const unitMark = '# Installed by "exec-agent service install".';

export interface UnitOptions {
  /** Absolute paths, the first one of a program. */
  readonly command: readonly string[];
  /** Absent: root. */
  readonly user: string | undefined;
  readonly environmentFile: string;
}

/** The systemd unit of an agent. */
export function makeUnit({ command, user, environmentFile }: UnitOptions): string {
  return `${unitMark}

[Unit]
Description=Exec Agent, runs containers on request
Wants=network-online.target
# Either may be on another host or missing: this only orders a common start and stop.
After=network-online.target docker.service redis-server.service
# However long Redis or Docker is away, it is tried again: what waits in the queue is not lost.
StartLimitIntervalSec=0

[Service]
# "Started" means that the program could be run; "ready for requests" in the journal means that it serves.
Type=exec
ExecStart=${[...command, 'serve'].map(quote).join(' ')}
# Settings, as "exec-agent config" lists them. Only root can read it: REDIS_URL may hold a password.
EnvironmentFile=-${environmentFile}
WorkingDirectory=/
# /var/lib/exec-agent, the default of EXEC_DATA_DIR: it has to survive restarts, because the next agent finds there what
# the last one left running.
StateDirectory=exec-agent
StateDirectoryMode=0700
UMask=0077

# Only the agent is stopped. Its containers, what records their exit codes, and the private Redis are in the same cgroup
# and continue; the next agent re-attaches to them.
KillMode=process
# It waits EXEC_DRAIN seconds (30) for what runs and then detaches from it. Raise both together.
TimeoutStopSec=60
Restart=always
RestartSec=1
# A container that runs out of memory is a result of its request, not an end of the service.
OOMPolicy=continue

# Files and sockets of many containers at once; each container has limits of its own.
LimitNOFILE=65536
LimitCORE=0
TasksMax=infinity

${(user === undefined ? rootLines : userLines(user)).join('\n')}

[Install]
WantedBy=multi-user.target
`;
}

/** Containers of crun and runc inherit what the unit sets, so it may take away only what no container needs. */
const rootLines = [
  '# It runs as root: starting containers on a host amounts to that, and crun, runc and the service proxy make namespaces,',
  '# mounts and cgroups. What neither it nor a container ever needs is taken away. Containers of crun and runc inherit all',
  '# that is set here, so nothing filters system calls (SystemCallFilter, RestrictNamespaces, RestrictSUIDSGID,',
  '# LockPersonality, MemoryDenyWriteExecute), hides paths or makes /sys/fs/cgroup read-only (ProtectSystem,',
  '# ProtectControlGroups, PrivateTmp), and there is no OOMScoreAdjust.',
  'CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_BOOT CAP_SYS_TIME CAP_SYS_RAWIO CAP_SYSLOG CAP_SYS_PACCT',
  'CapabilityBoundingSet=~CAP_SYS_TTY_CONFIG CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_LINUX_IMMUTABLE CAP_WAKE_ALARM',
  'CapabilityBoundingSet=~CAP_BLOCK_SUSPEND CAP_AUDIT_CONTROL CAP_AUDIT_READ',
];

/** Only Docker runs containers then, and they inherit nothing from this unit. */
function userLines(user: string): readonly string[] {
  return [
    '# Without root only Docker can be used, by its socket, and containers cannot call services. They are children of Docker',
    '# and inherit nothing from here.',
    `User=${user}`,
    'SupplementaryGroups=docker',
    'Environment=EXEC_RUNTIME=docker',
    'CapabilityBoundingSet=',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ReadWritePaths=/dev/shm',
    'ProtectHome=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
  ];
}

/** As systemd reads a word of a command. */
function quote(word: string): string {
  const plain = word.replaceAll(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"'\\;]/.test(word) ? `"${plain}"` : plain;
}
