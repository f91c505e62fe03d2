#!/usr/bin/env bash
# node.sh DIRECTORY: the first process of the node's own mount, network and process namespaces; all that it makes ends with it.
set -euo pipefail
trap 'exit 0' TERM
until [ -e "$1/prepared" ]; do
  sleep 0.05
done
source "$1/env"

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /run/lock /run/netns /var/lib/kubelet "$DIRECTORY/kubelet" "$DIRECTORY/var-log"
mount --bind "$DIRECTORY/kubelet" /var/lib/kubelet
mount --bind "$DIRECTORY/var-log" /var/log
# Names cannot be resolved here: the pull of a missing image fails at once, not after ten seconds.
mount --bind "$DIRECTORY/resolv.conf" /etc/resolv.conf
# A user namespace may mount its own proc only where one without mounts over it is visible.
mkdir -p /run/whole/proc /run/whole/sys /run/sysctl
mount -t proc proc /run/whole/proc
mount -t sysfs sysfs /run/whole/sys
# The kubelet sets these three for the whole host where they differ; here it reads the values that it wants.
for setting in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1; do
  file=/run/sysctl/$(basename "${setting%=*}")
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done
# Volumes that the kubelet mounts must appear in containers.
mount --make-rshared /

# The other end of the link is the host's; it comes with an address of this network.
ip link set lo up
for _ in $(seq 200); do
  ip link show node0 >/dev/null 2>&1 && break
  sleep 0.05
done
ip addr add "$NODE_IP/24" dev node0
ip link set node0 up
ip route add default via "$HOST_IP" dev node0
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.bridge.bridge-nf-call-iptables=1

part() { "$HERE/part.sh" "$DIRECTORY" "$1" & }
retry() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "gave up after: $*"
      return 1
    fi
    sleep 0.1
  done
}

part containerd
part etcd
part kube-apiserver
retry 120 curl -sf --cacert "$PKI/ca.crt" "$API/readyz"
for image in "$DIRECTORY"/images/*.tar; do
  retry 60 ctr -a "$CONTAINERD" -n k8s.io images import "$image"
done
part kubelet
part kube-controller-manager
part kube-scheduler
"$HERE/enforce-network-policies.sh" "$DIRECTORY"
part network-policy
export KUBECONFIG=$PKI/admin.kubeconfig
retry 120 kubectl wait node "$NODE" --for=condition=Ready --timeout=1s
retry 60 kubectl get serviceaccount default
touch "$DIRECTORY/ready"

# As the first process it reaps what other processes leave.
while :; do
  sleep 3600 &
  wait $! || true
done
