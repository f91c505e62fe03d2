#!/usr/bin/env bash
# enforce-network-policies.sh DIRECTORY: asks the part network-policy about each new connection of a pod; without that part none is made.
set -euo pipefail
source "$1/env"
rule() { iptables --wait --table mangle "$@"; }
to_judge=(--jump NFQUEUE --queue-num 100)

rule --new-chain FORWARDED
# The kubelet's probes come from the bridge's address, which is in the pods' range.
rule --append FORWARDED --match addrtype --src-type LOCAL --jump RETURN
rule --append FORWARDED --match conntrack --ctstate ESTABLISHED,RELATED --jump RETURN
rule --append FORWARDED --source "$POD_CIDR" "${to_judge[@]}"
rule --append FORWARDED --destination "$POD_CIDR" "${to_judge[@]}"
rule --append POSTROUTING --jump FORWARDED
# What a pod sends to the node itself, the API server too, does not pass there.
rule --new-chain TO_NODE
rule --append TO_NODE --source "$POD_CIDR" --match addrtype ! --src-type LOCAL --match conntrack --ctstate NEW "${to_judge[@]}"
rule --append INPUT --jump TO_NODE
