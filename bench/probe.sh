#!/usr/bin/env bash
# bench/probe.sh [ROUNDS]: what one close look of the doctor costs a rented machine in processor time: the real scripts, a job under the real lodge script, in a
# temporary directory. All processes that a look starts are counted. nvidia-smi is counted only where there is one.
set -euo pipefail
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
rounds=${1:-30}
work=$(mktemp -d)
D=$work/.lodger
supervisor=
finish() {
  [[ -z $supervisor ]] || { touch "$D/state/end-requested"; kill -- "-$(cut -d ' ' -f 1 "$D/state/group")" 2>/dev/null || true; kill "$supervisor" 2>/dev/null || true; }
  sleep 1
  rm -rf -- "$work"
}
trap finish EXIT
mkdir -p "$D/payload" "$D/state" "$work/job" "$work/.cache/huggingface/hub/models--a--b/blobs"
{ printf '#!/bin/sh\nset -u\n'; cat "$root"/src/Lodger.Remote/Script/{common,lodge}.sh; } >"$D/lodge.sh"
for i in {1..50}; do echo data >"$work/.cache/huggingface/hub/models--a--b/blobs/$i.incomplete"; done
cd -- "$D/payload"
echo "$work/job" >workdir
echo "$work" >data_dir
echo "$work/.cache/huggingface" >hf_home
echo bench >job
echo 'while :; do echo step; sleep 1; done' >run
for name in attempt gpu_count gpu_memory_mb abandon_after_s stall_after_s checkpoint_every_s; do echo 0 >"$name"; done
: >setup
echo 1 >attempt
echo 1 >"$D/state/starts"
echo 1 >"$D/ready"
cd -- "$work"
sh "$D/lodge.sh" supervise >/dev/null 2>&1 &
supervisor=$!
until [[ -s $D/state/group ]]; do sleep 0.1; done
probe=$(cat "$root/src/Lodger.Remote/Script/probe.sh")
sh -c "$probe" lodger-probe "$D" "$work" 8081 6006 </dev/null | grep -q '^lodger-probe end$'
for ((i = 0; i < rounds; i++)); do
  /usr/bin/time -f '%U %S %e' -a -o "$work/times" sh -c "$probe" lodger-probe "$D" "$work" 8081 6006 </dev/null >/dev/null
done
awk '{ print ($1 + $2) * 1000, $3 * 1000 }' "$work/times" | sort -n | awk '
  { cpu[NR] = $1; wall[NR] = $2 }
  END { printf "one look: %d ms of processor time (smallest %d, largest %d, %d looks), %d ms long\n", cpu[int((NR + 1) / 2)], cpu[1], cpu[NR], NR, wall[int((NR + 1) / 2)] }'
