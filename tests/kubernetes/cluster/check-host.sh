#!/usr/bin/env bash
# check-host.sh: tries, in namespaces of its own, what a node needs of the kernel; prints the first thing that is missing.
set -uo pipefail
need() { # WHAT COMMAND...
  local what=$1 said
  shift
  if ! said=$("$@" 2>&1); then
    echo "the kernel has no $what for root here: \"$*\" printed: $said"
    exit 1
  fi
}

if [ "${1:-}" != inside ]; then
  inside=(unshare --mount --net --pid --fork --mount-proc --kill-child=KILL)
  need "new namespaces" "${inside[@]}" true
  exec "${inside[@]}" "$0" inside
fi

need "private mounts" mount --make-rprivate /
need "tmpfs" mount -t tmpfs tmpfs /run
mkdir -p /run/lower /run/upper /run/work /run/merged
need "overlay file systems" mount -t overlay overlay -o lowerdir=/run/lower,upperdir=/run/upper,workdir=/run/work /run/merged
need "bridges" ip link add bridge0 type bridge
need "pairs of network interfaces" ip link add end0 type veth peer name end1
need "setting net.bridge.bridge-nf-call-iptables" sysctl -qw net.bridge.bridge-nf-call-iptables=1
need "NFQUEUE in iptables" iptables --wait --table mangle --append FORWARD --match conntrack --ctstate NEW --jump NFQUEUE --queue-num 100
need "masquerading in iptables" iptables --wait --table nat --append POSTROUTING --jump MASQUERADE
