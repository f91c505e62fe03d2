#!/usr/bin/env bash
# make-go-mod.sh VERSION: writes go.mod and go.sum for that version of Kubernetes, e.g. 1.36.3. Needed only to change the version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=$1
staging=v0.${version#1.}
mod=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)",/\1/p')
{
  echo 'module exec-agent.test/kube'
  echo
  sed -n '/^go 1/p' "$mod"
  echo
  sed -n '/^godebug /p' "$mod"
  echo
  echo "require k8s.io/kubernetes v$version"
  echo 'require sigs.k8s.io/kube-network-policies v0.8.0'
  # The version that it names does not compile with the runtime-spec of this Kubernetes.
  echo 'require github.com/containerd/nri v0.11.0'
  echo
  # Kubernetes replaces its own modules with directories of its repository; each has a published version of the same number.
  echo 'replace ('
  sed -n 's#^\t\(k8s.io/[a-z-]*\) => ./staging/.*#\t\1 => \1 '"$staging"'#p' "$mod"
  echo ')'
} >go.mod
rm -f go.sum
go mod tidy
