#!/usr/bin/env bash
# make-certificates.sh DIRECTORY: the keys, certificates and kubeconfig files of the cluster whose settings DIRECTORY/env holds.
set -euo pipefail
source "$1/env"
mkdir -p "$PKI"
cd "$PKI"

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }

new_key ca
openssl req -x509 -new -key ca.key -subj /CN=exec-agent-tests -days 30 -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,digitalSignature

issue() { # NAME SUBJECT USAGE [ALTERNATIVE NAMES]
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  {
    echo 'basicConstraints=CA:FALSE'
    echo 'keyUsage=digitalSignature,keyEncipherment'
    echo "extendedKeyUsage=$3"
    if [ -n "${4:-}" ]; then echo "subjectAltName=$4"; fi
  } >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
}

issue apiserver /CN=kube-apiserver serverAuth "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$NODE_IP,IP:$SERVICE_IP"
issue kubelet-server "/CN=$NODE" serverAuth "DNS:$NODE,IP:$NODE_IP"
issue admin /O=system:masters/CN=admin clientAuth
issue kube-controller-manager /CN=system:kube-controller-manager clientAuth
issue kube-scheduler /CN=system:kube-scheduler clientAuth
issue kubelet "/O=system:nodes/CN=system:node:$NODE" clientAuth
issue apiserver-kubelet /O=system:masters/CN=apiserver-kubelet clientAuth
openssl genrsa -out sa.key 2048 2>/dev/null
openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null

encode() { base64 -w0 <"$1"; }
for name in admin kube-controller-manager kube-scheduler kubelet; do
  cat >"$name.kubeconfig" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: tests, cluster: {server: "$API", certificate-authority-data: $(encode ca.crt)}}]
users: [{name: $name, user: {client-certificate-data: $(encode $name.crt), client-key-data: $(encode $name.key)}}]
contexts: [{name: $name, context: {cluster: tests, user: $name}}]
current-context: $name
CONFIG
done
