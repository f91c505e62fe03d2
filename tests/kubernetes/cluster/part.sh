#!/usr/bin/env bash
# part.sh DIRECTORY NAME: becomes that part of the node, in a cgroup of its own; to be run in the node's namespaces.
set -euo pipefail
source "$1/env"
name=$2

# On cgroup v1 the kubelet asks that its own memory and cpu groups are one; there each controller has a hierarchy.
for controller in cpu cpuacct cpuset memory pids blkio freezer devices systemd; do
  [ -e "/sys/fs/cgroup/$controller/tasks" ] || continue
  group=/sys/fs/cgroup/$controller$CGROUP/parts/$name
  mkdir -p "$group"
  if [ "$controller" = cpuset ]; then
    for level in "" /parts "/parts/$name"; do
      for file in cpuset.cpus cpuset.mems; do
        cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset$CGROUP$level/$file"
      done
    done
  fi
  echo $$ >"$group/cgroup.procs"
done

case $name in
  containerd) arguments=(--config "$DIRECTORY/containerd.toml") ;;
  etcd)
    arguments=(
      --data-dir "$DIRECTORY/etcd" --name default --unsafe-no-fsync --log-level warn "--quota-backend-bytes=$ETCD_QUOTA"
      --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379
      --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380
      --initial-cluster default=http://127.0.0.1:2380
    )
    ;;
  kube-apiserver)
    arguments=(
      --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --secure-port=6443 "--advertise-address=$NODE_IP"
      "--service-cluster-ip-range=$SERVICE_CIDR" --allow-privileged=true --profiling=false
      --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction
      "--client-ca-file=$PKI/ca.crt" "--tls-cert-file=$PKI/apiserver.crt" "--tls-private-key-file=$PKI/apiserver.key"
      "--kubelet-client-certificate=$PKI/apiserver-kubelet.crt" "--kubelet-client-key=$PKI/apiserver-kubelet.key"
      "--kubelet-certificate-authority=$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP
      --service-account-issuer=https://kubernetes.default.svc "--service-account-key-file=$PKI/sa.pub"
      "--service-account-signing-key-file=$PKI/sa.key"
      # Nobody has such a certificate; without an authority the other parts complain once a minute.
      "--requestheader-client-ca-file=$PKI/ca.crt" --requestheader-allowed-names=nobody
    )
    ;;
  kube-controller-manager)
    # With the default rate the service account that each pod needs appears five seconds later.
    arguments=(
      "--kubeconfig=$PKI/$name.kubeconfig" "--authentication-kubeconfig=$PKI/$name.kubeconfig"
      "--authorization-kubeconfig=$PKI/$name.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false --profiling=false
      "--service-account-private-key-file=$PKI/sa.key" "--root-ca-file=$PKI/ca.crt" --use-service-account-credentials=true
      --kube-api-qps=500 --kube-api-burst=1000 --flex-volume-plugin-dir=/var/lib/kubelet/volumeplugins
    )
    ;;
  kube-scheduler)
    arguments=(
      "--kubeconfig=$PKI/$name.kubeconfig" "--authentication-kubeconfig=$PKI/$name.kubeconfig"
      "--authorization-kubeconfig=$PKI/$name.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false --profiling=false
    )
    ;;
  kubelet)
    # One that was killed a moment ago may still hold its port, and the next would end at once.
    for _ in $(seq 100); do
      [ -n "$(ss -Hltn 'sport = :10250')" ] || break
      sleep 0.1
    done
    arguments=(
      "--config=$DIRECTORY/kubelet.yaml" "--kubeconfig=$PKI/kubelet.kubeconfig" "--hostname-override=$NODE"
      "--node-ip=$NODE_IP" --root-dir=/var/lib/kubelet --cert-dir=/var/lib/kubelet/pki
    )
    ;;
  network-policy) arguments=("--kubeconfig=$PKI/admin.kubeconfig" "--node=$NODE") ;;
  *)
    echo "no such part: $name" >&2
    exit 2
    ;;
esac
exec "$name" "${arguments[@]}" >>"$DIRECTORY/log/$name.log" 2>&1 </dev/null
