# Looks at a rented machine, whatever runs there: read-only, bounded, nothing read from standard input. Sent with every look.
# $1: the directory .lodger  $2: the data directory  $3...: inner ports. Prints facts; docs/formats/box.md.

D=$1
data=$2
shift 2
R=${LODGER_ROOT:-}

encoded() { base64 | tr -d '\n'; }

# The pid of the live process that a state file recorded ("pid start-time"); nothing when it is dead.
live() {
  { read -r pid start <"$D/state/$1"; } 2>/dev/null || return 0
  case $pid in '' | *[!0-9]*) return 0 ;; esac
  line=$(cat "/proc/$pid/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # the fields are wanted one by one
  set -- ${line##*) }
  case $1 in Z | X) return 0 ;; esac
  shift 19
  [ "$1" != "$start" ] || echo "$pid"
}

environment() { # $1: pid  $2: name
  { tr '\0' '\n' <"/proc/$1/environ"; } 2>/dev/null | sed -n "s/^$2=//p" | head -n 1
}

echo 'lodger-probe 1'
echo "clock=$(date +%s)"
[ ! -s "$D/state/starts" ] || echo 'booted=1'
supervisor=$(live supervisor)
group=$(live group)
[ -z "$supervisor" ] || echo 'supervised=1'
if [ -f "$D/state/group" ]; then
  # Processes of the job's group, and the processor time that they and their dead children used.
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v group="${group:-0}" -v ticks="$(getconf CLK_TCK 2>/dev/null || echo 100)" '
    { sub(/.*[)] /, ""); split($0, f, " ") }
    group > 0 && f[3] == group && f[1] !~ /[ZX]/ { count++; used += f[12] + f[13] + f[14] + f[15] }
    END { printf "processes=%d\ncpu_s=%d\n", count, used / ticks }'
fi

if command -v nvidia-smi >/dev/null; then
  echo 'nvidia_smi=1'
  if gpus=$(timeout "${LODGER_LOOK_S:-10}" nvidia-smi --query-gpu=name,memory.total,memory.used,utilization.gpu,driver_version --format=csv,noheader,nounits 2>&1); then
    echo "gpus=$(printf '%s\n' "$gpus" | head -c 4096 | encoded)"
    echo "driver_cuda=$(timeout "${LODGER_LOOK_S:-10}" nvidia-smi 2>/dev/null | sed -n 's/.*CUDA Version: *\([0-9][0-9.]*\).*/\1/p' | head -n 1)"
  else
    echo "gpu_complaint=$(printf '%s\n' "$gpus" | head -n 1 | head -c 300 | encoded)"
  fi
fi
image=
for pid in $supervisor 1; do [ -n "$image" ] || image=$(environment "$pid" CUDA_VERSION); done
if [ -z "$image" ] && command -v nvcc >/dev/null; then image=$(timeout "${LODGER_LOOK_S:-10}" nvcc --version 2>/dev/null | sed -n 's/.*release \([0-9][0-9.]*\).*/\1/p' | head -n 1); fi
echo "image_cuda=$image"

cgroup=$R/sys/fs/cgroup
for limit in memory.max memory/memory.limit_in_bytes; do
  [ ! -r "$cgroup/$limit" ] || echo "memory_limit=$(head -c 24 "$cgroup/$limit")"
done
for stat in memory.stat memory/memory.stat; do
  [ ! -r "$cgroup/$stat" ] || awk '$1 == "anon" || $1 == "total_rss" { print "memory_used=" $2; exit }' "$cgroup/$stat"
done
for events in memory.events memory/memory.oom_control; do
  [ ! -r "$cgroup/$events" ] || awk '$1 == "oom_kill" { print "oom_kills=" $2; exit }' "$cgroup/$events"
done

for pair in "root /" "work $data"; do
  timeout "${LODGER_LOOK_S:-5}" df -Pk "${pair#* }" 2>/dev/null | awk -v n="${pair%% *}" 'NR == 2 { print n "_total_kb=" $2; print n "_free_kb=" $4 }'
  timeout "${LODGER_LOOK_S:-5}" df -Pi "${pair#* }" 2>/dev/null | awk -v n="${pair%% *}" 'NR == 2 { print n "_inodes=" $2; print n "_inodes_free=" $4 }'
done

# Unfinished downloads of the hub, in the cache that the job uses and in the one that it would use by itself.
home=$([ -z "$group" ] || environment "$group" HF_HOME)
mine=$(stat -c %d "$data" 2>/dev/null)
for cache in "${home:-$data/.cache/huggingface}" "${HOME:-/root}/.cache/huggingface"; do
  [ -d "$cache/hub" ] || continue
  found=$(timeout "${LODGER_LOOK_S:-5}" find "$cache/hub" -maxdepth 4 -type f -name '*.incomplete' -exec stat -c '%s %Y' {} + 2>/dev/null | awk -v now="$(date +%s)" '
    { bytes += $1; if ($2 > newest) newest = $2 } END { if (NR) printf "hub_incomplete=%d\nhub_bytes=%.0f\nhub_quiet_s=%d\n", NR, bytes, now - newest }')
  [ -n "$found" ] || continue
  printf '%s\n' "$found"
  [ "$(stat -c %d "$cache/hub" 2>/dev/null)" = "$mine" ] || echo "hub_beside=$(printf %s "$cache" | head -c 300 | encoded)"
  break
done

if [ "$#" -gt 0 ]; then
  cat "$R"/proc/net/tcp "$R"/proc/net/tcp6 2>/dev/null | awk -v ports="$*" '
    $4 == "0A" {
      split($2, at, ":")
      seen[at[2]] = 1
      if (at[1] !~ /0100007F$/ && at[1] != "00000000000000000000000001000000") open[at[2]] = 1
    }
    END {
      n = split(ports, wanted, " ")
      for (i = 1; i <= n; i++) { hex = sprintf("%04X", wanted[i]); print "port_" wanted[i] "=" ((hex in open) ? "everywhere" : (hex in seen) ? "loopback" : "none") }
    }'
fi

[ ! -f "$D/ready" ] || LODGER_BRIEF=1 timeout "${LODGER_LOOK_S:-20}" sh "$D/lodge.sh" report
echo 'lodger-probe end'
