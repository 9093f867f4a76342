# The lodge script: what Lodger runs on the rented machine. POSIX shell and coreutils only; docs/formats/box.md has the files.
#   lodge.sh supervise   started by the boot script at every container start
#   lodge.sh report | manifest | checkpoints | hold PATH... | release | prune ... | stop-job | contact   over ssh

keep_environment
D=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
S=$D/state
P=$D/payload

value() { if [ -f "$P/$1" ]; then cat "$P/$1"; fi; }

number() { # $1: name; 0 when it is not a number
  digits=$(value "$1")
  case $digits in '' | *[!0-9]*) digits=0 ;; esac
  echo "$digits"
}

word() { if [ -f "$1" ]; then tr -cd 'A-Za-z0-9._-' <"$1" | cut -c 1-64; fi; }

# An attempt up to the number in the fence must not start; a fence that cannot be read keeps everything out.
fenced() {
  [ -e "$D/fence" ] || return 1
  fence=$(cat "$D/fence")
  case $fence in '' | *[!0-9]* | ??????????*) return 0 ;; esac
  [ "$(number attempt)" -le "$fence" ]
}

refuse() { # $1: a sentence
  rm -f "$S/spare"
  put failure "$1"
  phase Refused
  return 1
}

# ---- the end of the job -------------------------------------------------------------------------------------------------

# Space that is given back when the job has filled the disk: without it the end could not be written down nor the results listed.
# Not of zeros: a file system that compresses would have nothing to give back.
keep_spare() { [ -f "$S/spare" ] || head -c 8388608 /dev/urandom >"$S/spare" 2>/dev/null || rm -f "$S/spare"; }

# What has to be written down even on a full disk.
put_surely() { # $1: name below state  $2: text
  tries=0
  until put "$1" "$2" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || return 1
    rm -f "$S/spare"
    (release) 2>/dev/null
    [ "$tries" -lt 2 ] || sleep 1
  done
}

# Processes that the kernel has killed in this container for want of memory; nothing where no cgroup says so (v2, v1).
oom_kills() {
  for counter in memory.events memory/memory.oom_control; do
    [ -r "${LODGER_ROOT:-}/sys/fs/cgroup/$counter" ] || continue
    awk '$1 == "oom_kill" { print $2 + 0; found = 1; exit } END { exit !found }' "${LODGER_ROOT:-}/sys/fs/cgroup/$counter" && return 0
  done
}

# How many of them since the command was launched.
oom_kills_since() {
  if [ -f "$S/oom-at-end" ]; then word "$S/oom-at-end"; else
    before=$(word "$S/oom-before")
    counted=$(oom_kills)
    case $before:$counted in *[!0-9:]* | :* | *:) ;; *) echo $((counted < before ? counted : counted - before)) ;; esac
  fi
}

finish() { # $1: exit status; written only here
  killed=$(oom_kills_since)
  space=$(df -Pk "$D" | awk 'NR == 2 { print $4 }')
  rm -f "$S/spare"
  [ "${space:-64}" -ge 64 ] || echo 'lodger: No space left on device: the disk is full, and it cannot grow' >>"$D/run.log"
  # For as long as it takes: while it is not written down, the command would be run once more.
  tries=0
  until printf '%s %s\n' "$1" "$(now)" >"$S/exit.new"; do
    tries=$((tries + 1))
    [ "$tries" -ne 5 ] || (release) 2>/dev/null
    sleep 1
  done
  sync "$S/exit.new" 2>/dev/null || sync
  mv -f "$S/exit.new" "$S/exit"
  if [ -n "$killed" ]; then put oom-at-end "$killed"; fi
  if [ "${space:-64}" -lt 64 ]; then put disk-full-at-end 1; fi
  phase Ended
}

signal_group() { # $1: signal  $2: process group
  kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" "$2" 2>/dev/null
}

# A group that was told to end has its grace; then KILL.
outwait() { # $1: group  $2: grace in seconds
  outwaited=0
  while [ "$outwaited" -lt "$2" ] && kill -s 0 -- "-$1" 2>/dev/null; do
    sleep 1
    outwaited=$((outwaited + 1))
  done
  signal_group KILL "$1" || return 0
}

# TERM, a grace, KILL, for the process group of the setup or the job.
end_group() { # $1: group  $2: grace in seconds
  signal_group TERM "$1" || return 0
  outwait "$1" "$2"
}

# Processes of the job that have left its group, as the workers of torchrun do: their environment names this directory, and nobody else's does.
strays() {
  # Not in a variable of ours: env may have exported its name, and then every child of this script would bear the mark.
  if printf 'a\0b\n' | grep -qF b; then
    timeout 20 grep -lsF "LODGER_CADENCE_FILE=$S/cadence" /proc/[0-9]*/environ
  else
    # A grep that sees nothing behind a NUL.
    for environment in /proc/[0-9]*/environ; do
      if { tr '\0' '\n' <"$environment"; } 2>/dev/null | grep -qF "LODGER_CADENCE_FILE=$S/cadence"; then echo "$environment"; fi
    done
  fi | cut -d / -f 3
}

# shellcheck disable=SC2086 # each process is a word
end_strays() { # $1: grace in seconds
  left=$(strays)
  [ -n "$left" ] || return 0
  kill -s TERM $left 2>/dev/null
  strayed=0
  while left=$(strays) && [ -n "$left" ] && [ "$strayed" -lt "$1" ]; do
    sleep 1
    strayed=$((strayed + 1))
  done
  [ -z "$left" ] || kill -s KILL $left 2>/dev/null || return 0
}

end_recorded_group() { # $1: grace in seconds
  if lives group; then
    read -r recorded _ <"$S/group"
    end_group "$recorded" "$1"
  fi
  # Who runs the command ends what has left its group, in its own time.
  lives supervisor || end_strays "$1"
}

end_requested() {
  [ -f "$S/end-requested" ] || return 1
  finish 143
}

# Seconds between checkpoints: what we were told last, else what came with the payload, else 0.
cadence() {
  told=$(head -c 16 "$S/cadence" 2>/dev/null)
  case $told in '' | 0* | *[!0-9]* | ???????*) number checkpoint_every_s ;; *) echo "$told" ;; esac
}

# ---- running things -----------------------------------------------------------------------------------------------------

# The profile's overrides and the job's directory; called in the subshell of each stage.
enter() {
  DATA_DIR=$(value data_dir) DURABLE_DIR=$(value durable_dir) PROXY_HOOK=$(value proxy_hook)
  CRED_FILE=$(value cred_file) SCRATCH=$(value scratch)
  HF_HOME=${HF_HOME:-$(value hf_home)}
  PYTHONUNBUFFERED=1
  LODGER_JOB=$(value job) LODGER_ATTEMPT=$(number attempt)
  LODGER_CADENCE_FILE=$S/cadence LODGER_CHECKPOINT_REPORT=$S/checkpoint-written
  export DATA_DIR DURABLE_DIR PROXY_HOOK CRED_FILE SCRATCH HF_HOME PYTHONUNBUFFERED LODGER_JOB LODGER_ATTEMPT LODGER_CADENCE_FILE LODGER_CHECKPOINT_REPORT
  every=$(cadence)
  if [ "$every" -gt 0 ]; then export LODGER_CHECKPOINT_EVERY_SECONDS="$every"; fi
  unset CDPATH
  cd -- "$(value workdir)" || return 1
}

use_proxy() { [ -z "$PROXY_HOOK" ] || eval "$PROXY_HOOK"; }

# NAME=VALUE lines of the profile's credential file, for the job's process alone.
read_credentials() {
  if [ -n "$CRED_FILE" ] && [ -r "$CRED_FILE" ]; then
    while IFS='=' read -r LODGER_NAME LODGER_CONTENT || [ -n "$LODGER_NAME" ]; do
      case $LODGER_NAME in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
      export "$LODGER_NAME=$LODGER_CONTENT"
    done <"$CRED_FILE"
  fi
}

# Starts a script of the payload in a session and process group of its own; $group is both.
start_group() { # $1: setup or run  $2: log
  (
    # It writes itself down before it is the job: what nobody has written down nobody could end.
    read -r own _ </proc/self/stat
    put_surely group "$own $(born "$own")" || exit 126
    # Without the script that started it nobody would report its end, and the one that follows begins without it.
    [ "$(born $$)" = "${mine#* }" ] || exit 126
    enter || exit 126
    # From here on names are the job's.
    set -- "$(command -v bash || command -v sh)" -e "$P/$1"
    give_back "${LODGER_ENV_NAMES:-}"
    use_proxy || exit 126
    case $3 in */run)
      give_back "${LODGER_SECRET_NAMES:-}"
      read_credentials
      ;;
    esac
    exec setsid "$@"
  ) </dev/null >>"$2" 2>&1 &
  group=$!
}

run_group() { # $1: setup or run  $2: log; the result is $code
  start_group "$1" "$2"
  wait "$group"
  code=$?
  if [ -f "$S/end-requested" ] || fenced; then
    # Whoever asked for the end has sent TERM, and the shell is gone before the program that saves its last checkpoint: it is not told twice.
    outwait "$group" "${LODGER_END_GRACE_S:-20}"
  else
    # What the command left running in its group ends with it.
    end_group "$group" 5
  fi
  # A service that setup has started may have a session of its own, and is there for the command.
  if [ "$1" != setup ] || [ -f "$S/end-requested" ]; then end_strays "${LODGER_END_GRACE_S:-20}"; fi
  rm -f "$S/group"
  # A signal that was not ours may be the whole container being killed: then this line is the last, and the job is run again.
  if [ "$code" -gt 128 ] && [ ! -f "$S/end-requested" ]; then sleep "${LODGER_SETTLE_S:-5}"; fi
}

# ---- checks before the job ----------------------------------------------------------------------------------------------

check_tools() {
  for tool in setsid timeout stat awk base64 find xargs; do
    command -v "$tool" >/dev/null || {
      refuse "The image has no '$tool', which running a job detached needs."
      return 1
    }
  done
  mkdir -p "$(value workdir)" "$(value data_dir)" || refuse "The directory $(value workdir) cannot be made."
}

check_proxy_hook() {
  hook=$(value proxy_hook)
  [ -z "$hook" ] || (eval "$hook") || refuse "The platform's proxy hook failed: $hook"
}

# Without the platform's boot hook a restarted container would not start the job again.
check_boot_hook() {
  hook=$(value detach)
  [ -z "$hook" ] || [ -f "$hook" ] || refuse "The platform's boot hook $hook is not there, so the job would not survive a restart of the container."
}

# 'RTX 4070S Ti' -> 4070, 'A100 SXM4' -> a100, 'Titan V' -> v: what must occur in the name that nvidia-smi gives.
model_of() {
  printf %s "$1" | tr 'A-Z_-' 'a-z  ' | awk '{
    for (i = 1; i <= NF; i++) if (match($i, /[a-z]*[0-9]+/)) { print substr($i, RSTART, RLENGTH); exit }
    print $NF }'
}

check_gpus() {
  count=$(number gpu_count)
  [ "$count" -gt 0 ] || return 0
  command -v nvidia-smi >/dev/null || {
    refuse "nvidia-smi is not on this machine: no GPU is attached."
    return 1
  }
  if ! ask_gpu 60 check --query-gpu=name,memory.total --format=csv,noheader,nounits; then
    refuse "nvidia-smi fails, no GPU can be used: $(printf '%s\n' "${gpu_complaint:-$gpu_said}" | head -n 1 | tr -cd '[:print:]' | cut -c 1-200)"
    return 1
  fi
  gpus=$gpu_said
  found=$(printf '%s\n' "$gpus" | grep -c ,)
  if [ "$found" -lt "$count" ]; then
    refuse "The machine shows $found GPU(s), the offer promised $count."
    return 1
  fi
  wrong=$(printf '%s\n' "$gpus" | awk -F', *' -v model="$(model_of "$(value gpu_name)")" -v memory="$(number gpu_memory_mb)" '
    NF < 2 { next }
    {
      name = tolower($1); gsub(/[ _-]/, " ", name)
      at = index(name, model)
      after = substr(name, at + length(model), 1)
      if (model != "" && (at == 0 || after ~ /[0-9]/)) { print "is a " $1; exit }
      if (memory > 0 && $2 + 0 < memory * 0.9) { print "has " $2 " MiB"; exit }
    }')
  [ -z "$wrong" ] || refuse "A GPU here $wrong; the offer promised $(value gpu_name) with $(number gpu_memory_mb) MiB."
}

# Where the driver hangs, nvidia-smi never comes back, whatever is sent to it: then it is left behind, and no other is started beside it.
# What it says is in $gpu_said, what it complains of in $gpu_complaint.
ask_gpu() { # $1: seconds  $2: who asks  then its arguments
  gpu_said=
  gpu_complaint=
  ! lives gpu-hung || return 124
  gpu_limit=$1
  # In memory where that is possible: the disk may be full.
  gpu_file=/dev/shm/lodger.$$.$2
  [ -w /dev/shm ] || gpu_file=$S/gpu.$$.$2
  shift 2
  # Waited for is a shell: a process that no signal reaches would keep whoever waits for it, or reads from it.
  # shellcheck disable=SC2016,SC2094 # another shell's; it writes beside the file that it is named
  timeout "$gpu_limit" sh -c 'nvidia-smi "$@" & echo "$!" >"$0.pid"; wait "$!"' "$gpu_file" "$@" </dev/null >"$gpu_file" 2>"$gpu_file.complaint"
  gpu_code=$?
  gpu_said=$(head -c 65536 "$gpu_file" 2>/dev/null)
  gpu_complaint=$(head -c 4096 "$gpu_file.complaint" 2>/dev/null)
  # 143: as busybox says it, whose timeout reaches the shell alone.
  case $gpu_code in 124 | 143)
    if hung=$(cat "$gpu_file.pid" 2>/dev/null) && [ -n "$hung" ]; then
      kill -s KILL "$hung" 2>/dev/null
      put gpu-hung "$hung $(born "$hung")"
    fi
    ;;
  esac
  rm -f "$gpu_file" "$gpu_file.pid" "$gpu_file.complaint"
  return "$gpu_code"
}

newer() { # is version $1 newer than $2, by major and minor?
  awk -v a="$1" -v b="$2" 'BEGIN { split(a, x, "."); split(b, y, "."); exit !(x[1] + 0 > y[1] + 0 || (x[1] + 0 == y[1] + 0 && x[2] + 0 > y[2] + 0)) }'
}

driver_cuda() { ask_gpu 60 driver && printf '%s\n' "$gpu_said" | sed -n 's/.*CUDA Version: *\([0-9][0-9.]*\).*/\1/p' | head -n 1; }

check_cuda() {
  [ "$(number gpu_count)" -gt 0 ] || return 0
  image=${CUDA_VERSION:-}
  if [ -z "$image" ] && command -v nvcc >/dev/null; then
    image=$(timeout 60 nvcc --version 2>/dev/null | sed -n 's/.*release \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  fi
  driver=$(driver_cuda)
  [ -n "$image" ] && [ -n "$driver" ] || return 0
  ! newer "$image" "$driver" || refuse "The image has CUDA $image, the host's driver supports $driver at most."
}

# Without a device of the driver the GPU is a pretended one, as in the local marketplace: no torch could see it, and the job uses the processor.
has_gpu_device() {
  for device in "${LODGER_ROOT:-}"/dev/nvidia* "${LODGER_ROOT:-}/dev/dxg"; do
    [ ! -e "$device" ] || return 0
  done
  return 1
}

check_torch() {
  [ "$(number gpu_count)" -gt 0 ] && has_gpu_device || return 0
  python=$(command -v python3 || command -v python) || return 0
  answer=$(cd / && timeout "${LODGER_TORCH_S:-180}" "$python" -c '
import importlib.util
if importlib.util.find_spec("torch") is None:
    print("absent")
else:
    import torch
    print("torch", torch.__version__, torch.version.cuda, torch.cuda.is_available())' 2>>"$D/lodge.log")
  code=$?
  case $answer in
    absent | *True) return 0 ;;
    *'None False') refuse "PyTorch in the image is built without CUDA ($answer)." ;;
    *False) refuse "torch.cuda.is_available() is False ($answer; the driver supports CUDA $(driver_cuda))." ;;
    *)
      [ "$code" -ne 124 ] || {
        refuse "PyTorch did not say within ${LODGER_TORCH_S:-180} s whether it sees the GPU."
        return 1
      }
      # Python has a torch that cannot be imported: whether the job needs it, only the job knows.
      echo "torch could not be asked: exit $code" >>"$D/lodge.log"
      ;;
  esac
}

# ---- hashes -------------------------------------------------------------------------------------------------------------

# Python reads a mebibyte at a time; openssl reads 8 KB, which costs it half its speed, and sha256sum may know no SHA instructions.
# Isolated (-I): a hashlib.py among the job's files is not Python's. The system's own first: one found by name may be a version manager's script,
# which takes as long to begin as a gigabyte to hash.
find_hasher() {
  export LODGER_HASHER
  for LODGER_HASHER in "${LODGER_PYTHON:-/usr/bin/python3}" python3; do
    if "$LODGER_HASHER" -I -S -c 'import hashlib' 2>/dev/null; then return; fi
  done
  if command -v openssl >/dev/null; then LODGER_HASHER=openssl; else LODGER_HASHER=sha256sum; fi
}

digest_lines() {
  case $LODGER_HASHER in
    openssl) openssl dgst -sha256 -r "$@" ;;
    sha256sum) sha256sum "$@" ;;
  esac | cut -c 1-64
}

# SHA-256, a line each, in the order of the arguments.
digests() {
  [ -n "${LODGER_HASHER:-}" ] || find_hasher
  case $LODGER_HASHER in
    *python3)
      "$LODGER_HASHER" -I -S -c '
import hashlib, sys
chunk = memoryview(bytearray(1 << 20))
for name in sys.argv[1:]:
    digest = hashlib.sha256()
    with open(name, "rb", 0) as file:
        while True:
            count = file.readinto(chunk)
            if not count:
                break
            digest.update(chunk[:count])
    print(digest.hexdigest())' "$@"
      ;;
    *)
      case $* in
        # The tools write such names, and what stands before them, differently.
        *\\* | *'
'*) for file; do digest_lines <"$file"; done ;;
        *) digest_lines "$@" ;;
      esac
      ;;
  esac
}

# ---- data: --------------------------------------------------------------------------------------------------------------

# One resumable try. 0: complete, 1: try again, 2: start over and try again, 3: give up. The URL may be a signed one, so it
# goes over standard input.
download() { # $1: URL  $2: partial file
  if command -v curl >/dev/null; then
    status=$(printf 'url = "%s"\n' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')" |
      curl -sS -f -L -C - -o "$2" --connect-timeout 30 --speed-limit 1 --speed-time 120 --proto '=http,https' -w '%{http_code}' --config - 2>>"$D/lodge.log")
    code=$?
    [ "$code" -ne 0 ] || return 0
    case $code:$status in
      33:* | *:416) return 2 ;;
      *:408 | *:425 | *:429) return 1 ;;
      *:4[0-9][0-9]) return 3 ;;
      *) return 1 ;;
    esac
  elif ! command -v python3 >/dev/null && command -v wget >/dev/null; then
    printf '%s\n' "$1" | wget -nv -c -t 1 -T 120 -O "$2" -i - 2>>"$D/lodge.log" && return 0
    status=$(tail -n 3 "$D/lodge.log" | sed -n 's/.*ERROR \([0-9][0-9][0-9]\).*/\1/p' | tail -n 1)
  elif command -v python3 >/dev/null; then
    status=$(printf %s "$1" | python3 -c '
import os, sys, urllib.error, urllib.request
url, part = sys.stdin.read(), sys.argv[1]
have = os.path.getsize(part) if os.path.exists(part) else 0
request = urllib.request.Request(url, headers={"Range": "bytes=%d-" % have} if have else {})
try:
    with urllib.request.urlopen(request, timeout=120) as answer, open(part, "ab" if answer.status == 206 else "wb") as file:
        expected, got = answer.headers.get("Content-Length"), 0
        while True:
            block = answer.read(1 << 20)
            if not block:
                break
            got += file.write(block)
        if expected is not None and got != int(expected):
            sys.exit(1)
except urllib.error.HTTPError as error:
    print(error.code)
    sys.exit(1)' "$2" 2>>"$D/lodge.log") && return 0
  else
    echo 'no curl, wget or python3' >>"$D/lodge.log"
    return 3
  fi
  case $status in
    416) return 2 ;;
    408 | 425 | 429) return 1 ;;
    4[0-9][0-9]) return 3 ;;
    *) return 1 ;;
  esac
}

# Fetches data source $1 once. Whole files only ever appear under their own name.
fetch() {
  [ ! -f "$S/data.$1" ] || return 0
  path=$(value "data.$1.path")
  wanted=$(value "data.$1.sha256")
  target=$(value data_dir)/$path
  part=$D/fetch/$1
  mkdir -p "$D/fetch" "$(dirname -- "$target")"
  tries=0
  problem='it could not be fetched'
  pause=${LODGER_BACKOFF_S:-2}
  while [ "$tries" -lt 6 ]; do
    # Its own end is no refusal of the server's.
    [ ! -f "$S/end-requested" ] || return 0
    [ "$tries" -eq 0 ] || sleep "$pause"
    [ "$tries" -eq 0 ] || pause=$((pause * 2))
    tries=$((tries + 1))
    # Whole already, but for the last step? Then there is nothing to ask the server for.
    if [ -z "$wanted" ] || [ ! -f "$part" ] || [ "$(digests "$part")" != "$wanted" ]; then
      (
        enter && use_proxy || exit 3
        download "$(value "data.$1.url")" "$part"
      )
      case $? in
        0) ;;
        2)
          rm -f "$part"
          continue
          ;;
        3)
          problem="the server refuses it"
          break
          ;;
        *)
          problem="the connection failed $tries times"
          continue
          ;;
      esac
    fi
    got=$([ -z "$wanted" ] || digests "$part")
    if [ "$got" = "$wanted" ]; then
      sync "$part" 2>/dev/null || sync
      mv -f "$part" "$target" && put "data.$1" "$(now)"
      return
    fi
    problem="its SHA-256 is $got, not $wanted"
    rm -f "$part"
    # Once more from the start: a transfer can be damaged. Twice the same means that the file is another one.
    [ "$got" != "${before:-}" ] || break
    before=$got
  done
  refuse "data: $path: $problem."
}

fetch_all() {
  source=1
  while [ -f "$P/data.$source.url" ]; do
    fetch "$source" || return 1
    source=$((source + 1))
  done
}

# ---- setup and run ------------------------------------------------------------------------------------------------------

setup_once() {
  [ -s "$P/setup" ] && [ ! -f "$S/setup-done" ] || return 0
  run_group setup "$D/setup.log"
  if [ "$code" -ne 0 ]; then
    [ ! -f "$S/end-requested" ] || return 0
    refuse "setup: ended with status $code: $(tail -n 1 "$D/setup.log" | tr -cd '[:print:]' | cut -c 1-300)"
    return 1
  fi
  put setup-done "$(now)"
}

run_job() {
  if fenced; then
    phase Fenced
    return
  fi
  put run-started "$(now)"
  put log-before "$(stat -c %s "$D/run.log" 2>/dev/null || echo 0)"
  put oom-before "$(oom_kills)"
  put launched "$(word "$S/starts")"
  phase Running
  every=$(cadence)
  if [ "$every" -gt 0 ]; then put cadence "$every"; fi
  echo "start $(word "$S/starts"): $(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$D/lodge.log"
  run_group run "$D/run.log"
  if fenced; then phase Fenced; else finish "$code"; fi
}

attempt() {
  phase Checking
  check_tools && check_boot_hook && check_proxy_hook && check_gpus && check_cuda || return
  [ -s "$P/setup" ] || check_torch || return
  if end_requested; then return; fi
  phase Fetching
  fetch_all || return
  if end_requested; then return; fi
  phase SettingUp
  setup_once || return
  if end_requested; then return; fi
  # Asked after setup where there is one: it may bring the torch that counts.
  [ ! -s "$P/setup" ] || check_torch || return
  run_job
}

# ---- while it runs, and after -------------------------------------------------------------------------------------------

# When the job last showed life: its log, its progress file, its downloads, or a new phase.
last_growth() {
  newest=$(mtime "$S/phase")
  for file in "$D/run.log" "$D/setup.log" "$D"/fetch/*; do
    changed=$(mtime "$file")
    [ "$changed" -le "$newest" ] || newest=$changed
  done
  progress=$(value progress_file)
  if [ -n "$progress" ]; then
    changed=$(mtime "$(value workdir)/$progress")
    [ "$changed" -le "$newest" ] || newest=$changed
  fi
  echo "$newest"
}

# Succeeds when a GPU is at work at this moment; a machine that does not say has none that is.
gpu_works() {
  command -v nvidia-smi >/dev/null || return 1
  ask_gpu "${LODGER_LOOK_S:-10}" watch --query-gpu=utilization.gpu --format=csv,noheader,nounits && printf '%s\n' "$gpu_said" | awk '$1 + 0 > 5 { works = 1 } END { exit !works }'
}

# Succeeds, and says why, when this machine costs money and nobody has spoken to it for too long.
abandoned() { # $1: when this start of the container began
  limit=$(number abandon_after_s)
  [ "$limit" -gt 0 ] || return 1
  case $(word "$S/phase") in
    Ended | Refused | Fenced)
      since=$(mtime "$S/phase")
      why='the job is over'
      ;;
    *)
      stall=$(number stall_after_s)
      [ "$stall" -gt 0 ] || return 1
      since=$(last_growth)
      busy=$(mtime "$S/gpu-busy")
      [ "$busy" -le "$since" ] || since=$busy
      since=$((since + stall))
      # A log may be silent for an epoch: asked at every tick from then on, because a GPU is idle between two steps.
      if [ "$(now)" -ge "$since" ] && gpu_works; then
        : >"$S/gpu-busy"
        return 1
      fi
      why="the job shows no progress for $stall s"
      ;;
  esac
  contact=$(mtime "$S/contact")
  [ "$contact" -le "$since" ] || since=$contact
  [ "$1" -le "$since" ] || since=$1
  [ $(($(now) - since)) -ge "$limit" ] || return 1
  echo "$why and nobody spoke to this machine for $limit s"
}

# Beside the job for as long as the supervisor lives.
watch() { # $1: supervisor  $2: when it began
  stops=0
  not_before=0
  while kill -s 0 "$1" 2>/dev/null; do
    put heartbeat "$(now)"
    if [ "$(word "$S/phase")" = Running ] && fenced; then end_recorded_group 20; fi
    if [ "$stops" -lt 12 ] && [ "$(now)" -ge "$not_before" ] && reason=$(abandoned "$2"); then
      self_stop "$reason"
      stops=$((stops + 1))
      not_before=$(($(now) + 300))
    fi
    sleep "${LODGER_TICK_S:-5}"
  done
}

# Each supervisor has one successor: whose link bears its name first. One that ended before it was written down has one too.
claim() { # $1: who comes
  # Whether such a one still lives could never be told.
  case $1 in *' ') return 0 ;; esac
  mkdir -p "$S/claims"
  last=$(cat "$S/supervisor" 2>/dev/null)
  last=${last:-none}
  way=/$last/
  until ln -s "$1" "$S/claims/$last" 2>/dev/null; do
    # Where no link can be made, nothing but the file says who is there.
    last=$(readlink "$S/claims/$last") || return 0
    [ "$(born "${last% *}")" != "${last#* }" ] || return 1
    way=$way$last/
  done
  # Only who read the file when it named an earlier one would miss the others.
  for link in "$S/claims"/*; do
    case $way in *"/${link##*/}/"*) ;; *) rm -f "$link" ;; esac
  done
}

supervise() {
  mkdir -p "$S"
  if lives supervisor; then exit 0; fi
  mine="$$ $(born $$)"
  claim "$mine" || exit 0
  put_surely supervisor "$mine"
  [ -f "$S/exit" ] || [ -f "$S/failure" ] || keep_spare
  (release) 2>/dev/null
  # A job without its supervisor could never be reported as ended.
  end_recorded_group 5
  end_strays 5
  watch $$ "$(now)" &
  if [ -f "$S/exit" ]; then
    phase Ended
  elif [ -f "$S/failure" ]; then
    phase Refused
  elif end_requested; then
    :
  elif fenced; then
    phase Fenced
  else
    attempt
  fi
  wait
}

stop_job() {
  if [ ! -f "$S/exit" ] && [ ! -f "$S/failure" ]; then
    put end-requested "$(now)"
    end_recorded_group "${LODGER_END_GRACE_S:-20}"
    lives supervisor || setsid sh "$D/lodge.sh" supervise </dev/null >>"$D/lodge.log" 2>&1 &
    waited=0
    while [ ! -f "$S/exit" ] && [ ! -f "$S/failure" ]; do
      [ "$waited" -lt 60 ] || {
        echo 'lodger-stop late'
        return 1
      }
      sleep 1
      waited=$((waited + 1))
      end_recorded_group 5
    done
  fi
  echo 'lodger-stop ok'
}

# ---- what it says about itself ------------------------------------------------------------------------------------------

encoded() { base64 | tr -d '\n'; }

age() { # $1: state file with a time in it
  moment=$(word "$S/$1")
  case $moment in '' | *[!0-9]*) return 0 ;; esac
  echo $(($(now) - moment))
}

# What the job says of the last checkpoint it wrote, if it says anything: numbers that are numbers, and the path packed.
report_checkpoint() {
  file=$S/checkpoint-written
  [ -f "$file" ] || return 0
  said=$(head -c 4096 "$file" 2>/dev/null | tr -d '\000')
  printf '%s\n' "$said" | LC_ALL=C awk -F = '
    length($2) <= 20 && $2 ~ /^[0-9]+([.][0-9]+)?$/ {
      if ($1 == "step") print "checkpoint_step=" $2
      if ($1 == "seconds") print "checkpoint_write_s=" $2
      if ($1 == "bytes") print "checkpoint_bytes=" $2
      if ($1 == "step_seconds") print "step_s=" $2
    }'
  echo "checkpoint_path=$(printf '%s\n' "$said" | sed -n 's/^path=//p' | head -n 1 | head -c 1024 | tr -d '\n' | encoded)"
  echo "checkpoint_age_s=$(($(now) - $(mtime "$file")))"
}

report() {
  stage=$(word "$S/phase")
  starts=$(word "$S/starts")
  # A container that has just started again has not come to the command yet, whatever the start before left written down.
  came=
  if [ "$(word "$S/launched")" = "$starts" ] || { [ "$stage" = Running ] && lives group; }; then came=1; fi
  if [ "$stage" = Running ] && [ -z "$came" ]; then stage=Checking; fi
  echo 'lodger-report 1'
  echo "phase=$stage"
  echo "attempt=$(number attempt)"
  echo "starts=$starts"
  echo "heartbeat_age_s=$(age heartbeat)"
  if [ -f "$S/exit" ]; then
    read -r status ended <"$S/exit"
    echo "exit=$status"
    echo "run_s=$((ended - $(word "$S/run-started" | grep . || echo "$ended")))"
  else
    echo "run_s=$(age run-started)"
  fi
  if [ -f "$S/failure" ]; then echo "failure=$(head -c 1024 "$S/failure" | encoded)"; fi
  if [ -f "$S/self-stop" ]; then echo "self_stop=$(head -c 1024 "$S/self-stop" | encoded)"; fi
  echo "quiet_s=$(($(now) - $(last_growth)))"
  echo "log_bytes=$(stat -c %s "$D/run.log" 2>/dev/null || echo 0)"
  text=$(value workdir)/$(value progress_file)
  started=$(word "$S/run-started")
  if [ -z "$came" ] && [ ! -f "$S/exit" ]; then
    :
  elif [ -z "$(value progress_file)" ] || [ ! -f "$text" ]; then
    # Only what this start of the command has said: an earlier one's last step is no progress of this one.
    before=$(word "$S/log-before")
    if [ -f "$D/run.log" ]; then echo "progress=$(tail -c "+$((${before:-0} + 1))" "$D/run.log" | tail -c 4096 | encoded)"; fi
  elif [ "$(mtime "$text")" -ge "${started:-0}" ]; then
    echo "progress=$(tail -c 4096 "$text" | encoded)"
  fi
  echo "cadence_s=$(cadence)"
  report_checkpoint
  df -Pk "$D" 2>/dev/null | awk 'NR == 2 { print "disk_total_kb=" $2; print "disk_free_kb=" $4 }'
  df -Pi "$D" 2>/dev/null | awk 'NR == 2 && $2 + 0 > 0 { print "inodes_free=" $4 }'
  echo "oom_kills=$(oom_kills_since)"
  if [ -f "$S/disk-full-at-end" ]; then echo 'disk_full=1'; fi
  # Who looks into the machine closely has asked nvidia-smi already.
  if [ -z "${LODGER_BRIEF:-}" ] && command -v nvidia-smi >/dev/null; then
    ask_gpu "${LODGER_LOOK_S:-10}" report --query-gpu=name,memory.total,utilization.gpu,driver_version --format=csv,noheader,nounits
    echo "gpus=$([ -z "$gpu_said" ] || printf '%s\n' "$gpu_said" | head -c 4096 | encoded)"
  fi
  echo end
}

# ---- the manifest: docs/formats/manifest.md -----------------------------------------------------------------------------

# Each argument on a line of its own, escaped; a leading ./ is dropped.
escaped() {
  printf '%s\0' "$@" | od -An -v -tx1 | awk '
    BEGIN { for (i = 33; i < 127; i++) if (i != 37) plain[sprintf("%02x", i)] = sprintf("%c", i) }
    {
      for (i = 1; i <= NF; i++)
        if ($i == "00") { sub(/^[.]\//, "", line); print line; line = "" }
        else line = line (($i in plain) ? plain[$i] : "%" toupper($i))
    }'
}

# Lines whose last field one of the patterns names: 1 before it, otherwise 0.
judged() {
  awk -v patterns="$P/${LODGER_PATTERNS:-patterns}" '
    BEGIN { while ((getline pattern < patterns) > 0) wanted[++n] = pattern }
    { for (i = 1; i <= n; i++) if ($NF ~ wanted[i]) { print 1, $0; next } print 0, $0 }'
}

# Called by xargs: the wanted ones of its paths, NUL-terminated and unharmed.
select_files() {
  escaped "$@" | judged | cut -c 1 >"$LODGER_WORK/flags"
  for file; do
    read -r flag
    [ "$flag" = 0 ] || printf '%s\0' "$file" || exit 1
  done <"$LODGER_WORK/flags"
}

# Called by xargs: "symlink target path" for the wanted ones of its paths. A link's target may begin with ./, which stays.
select_links() {
  for file; do
    target=$(readlink -n -- "$file" && echo .)
    echo "symlink $(escaped "./${target%.}") $(escaped "$file")"
  done | judged | sed -n 's/^1 //p'
}

# Called by xargs: "sha256 bytes path", or "changed path" for a file that was written to or taken away meanwhile.
hash_files() { # $1: directory for the output, then the paths
  output=$1/$$.$#
  stamp="%s %Y ${LODGER_CHANGED:-%Z}"
  shift
  escaped "$@" >"$output.names"
  stat -c "$stamp" "$@" >"$output.before" 2>/dev/null
  digests "$@" >"$output.digests" 2>/dev/null
  stat -c "$stamp" "$@" >"$output.after" 2>/dev/null
  if [ "$(cat "$output.before" "$output.digests" "$output.after" | wc -l)" -eq $(($# * 3)) ]; then
    paste -d ' ' "$output.digests" "$output.before" "$output.after" "$output.names" | awk '
      length($1) != 64 || $2 != $5 || $3 != $6 || $4 != $7 { print "changed", $8; next }
      { print $1, $5, $8 }' >"$output"
  else
    sed 's/^/changed /' "$output.names" >"$output"
  fi
  rm -f "$output".*
}

# A directory for one call alone: the machine may be asked twice at once, also by a server that was killed meanwhile.
make_work() {
  work=$S/$1.$$
  trap 'rm -rf "$work"' EXIT
  # Those of calls that were killed, with their container for one.
  for abandoned in "$S/$1".*; do
    case ${abandoned##*.} in *[!0-9]*) continue ;; esac
    [ -d "/proc/${abandoned##*.}" ] || rm -rf "$abandoned"
  done
  rm -rf "$work"
  mkdir -p "$work"
}

# What may be a result, NUL-terminated, in $work/names.
list_names() { # $1: f or l
  find . \( -path ./.lodger -o -type d -name .lodger-partial \) -prune -o -type "$1" ! -name '*.tmp' -print0 >"$work/names"
}

manifest() {
  export LC_ALL=C
  root=$(value workdir)
  cd -- "$root" || exit 1
  make_work manifest || exit 1
  export LODGER_WORK="$work"
  workers=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
  round=0
  while :; do
    rm -rf "$work"
    mkdir -p "$work/hashes" || exit 1
    whole=1
    # xargs says when one of its calls fails, which not every find does of those it makes itself.
    list_names f && xargs -0 -r sh "$D/lodge.sh" select-files <"$work/names" >"$work/files" || whole=
    list_names l && xargs -0 -r sh "$D/lodge.sh" select-links <"$work/names" >"$work/links" || whole=
    # A directory that cannot be listed may hold results; one that has just gone is not there at the next look.
    if [ -n "$whole" ]; then
      count=$(tr -cd '\0' <"$work/files" | wc -c)
      # Few files at a time when there are few: large ones must not wait for each other.
      batch=$((count / (workers * 4) + 1))
      [ "$batch" -le 200 ] || batch=200
      xargs -0 -r -n "$batch" -P "$workers" sh "$D/lodge.sh" hash-files "$work/hashes" <"$work/files"
      find "$work/hashes" -type f -exec cat {} + >"$work/hashed"
      [ "$(grep -c -v '^changed ' "$work/hashed")" -ne "$count" ] || break
    fi
    round=$((round + 1))
    if [ "$round" -ge 3 ]; then
      [ -n "$whole" ] || exit 5
      grep '^changed ' "$work/hashed" | head -n 5 >&2
      exit 4
    fi
    sleep 2
  done
  # What is not whole, for want of space or of anything else, is no manifest: one with fewer lines would say that nothing else is here.
  {
    echo "lodger-manifest 1 $(now) $(escaped "$root")" &&
      sort -t ' ' -k 3,3 "$work/hashed" "$work/links"
  } >"$work/manifest" || exit 1
  awk -v wanted="$((count + $(wc -l <"$work/links")))" '
    NR > 1 { count++; if ($1 != "symlink") total += $2 }
    END { printf "end %d %.0f\n", count, total; exit count + 0 != wanted + 0 }' "$work/manifest" >"$work/end" || exit 1
  cat "$work/end" >>"$work/manifest" || exit 1
  sync "$work/manifest" 2>/dev/null || sync
  # Told is what this call made, whatever another one puts in its place.
  exec 3<"$work/manifest"
  mv -f "$work/manifest" "$D/manifest"
  cat <&3
}

# ---- checkpoints: copied off the machine while the job runs ---------------------------------------------------------------

# Called by xargs: "bytes seconds path", left out when it has gone meanwhile.
list_files() {
  for file; do
    facts=$(stat -c '%s %Y' -- "$file" 2>/dev/null) || continue
    echo "$facts $(escaped "$file")"
  done
}

# A directory that went while it was listed holds nothing any more.
only_gone() { [ -s "$work/complaints" ] && ! grep -qv 'No such file or directory' "$work/complaints"; }

checkpoints() {
  export LC_ALL=C LODGER_PATTERNS=checkpoints
  cd -- "$(value workdir)" || exit 1
  make_work checkpoints || exit 1
  export LODGER_WORK="$work"
  : >"$work/list"
  # A list that is cut short, for want of space or of a directory, would say that there is nothing newer.
  if [ -s "$P/checkpoints" ]; then
    list_names f 2>"$work/complaints" || only_gone || exit 5
    xargs -0 -r sh "$D/lodge.sh" select-files <"$work/names" >"$work/files" &&
      xargs -0 -r -n 200 sh "$D/lodge.sh" list-files <"$work/files" >"$work/list" || exit 5
  fi
  echo 'lodger-checkpoints 1'
  cat "$work/list"
  echo end
}

# Below the workdir, so that it is on the file system of the files that it holds.
HELD=.lodger/held

# Did nobody write to it for two seconds? A time that lies ahead of the clock says nothing of that: then it is what it was two seconds ago.
is_quiet() { # $1: path  $2: its size and time before the first of $looks
  since=$(($(now) - $(mtime "$1")))
  [ "$since" -lt 2 ] || return 0
  [ "$since" -lt 0 ] && [ "$looks" -ge 2 ] && [ "$(stat -c '%s %Y' -- "$1")" = "$2" ]
}

# Gives each of these files below the workdir a second name, under which it stays what it is while the job puts its next checkpoint in its place. Prints their
# SHA-256 in the manifest's lines; what is gone, or still being written to, is left out.
hold() {
  export LC_ALL=C
  cd -- "$(value workdir)" || exit 1
  make_work hold || exit 1
  for path; do
    shift
    # Never through a link: what it names may lie anywhere.
    if [ ! -f "$path" ] || [ -L "$path" ]; then continue; fi
    name=$HELD/$path
    mkdir -p -- "${name%/*}"
    rm -f -- "$name"
    # Where there are no hard links, a copy.
    if ln -- "$path" "$name" 2>/dev/null || cp -p -- "$path" "$name"; then set -- "$@" "./$path"; else rm -f -- "$name"; fi
  done
  echo 'lodger-held 1'
  if [ "$#" -gt 0 ]; then
    cd -- "$HELD" || exit 1
    looks=0
    index=0
    facts=$(stat -c '%s %Y' -- "$@")
    for path; do
      shift
      index=$((index + 1))
      before=$(printf '%s\n' "$facts" | sed -n "${index}p")
      until is_quiet "$path" "$before" || [ "$looks" -ge 3 ]; do
        looks=$((looks + 1))
        sleep 1
      done
      if is_quiet "$path" "$before"; then set -- "$@" "$path"; fi
    done
    # Not by the time of the last change: it changes when the job takes the first name away.
    export LODGER_CHANGED=0
    [ "$#" -eq 0 ] || printf '%s\0' "$@" | xargs -0 -n 20 sh "$D/lodge.sh" hash-files "$work"
    find "$work" -type f -exec cat {} + | grep -v '^changed '
  fi
  echo end
}

release() {
  if cd -- "$(value workdir)" && [ -d "$HELD" ]; then
    rm -rf -- "$HELD"
    rmdir .lodger 2>/dev/null || true
  fi
}

# ---- a disk that is nearly full -------------------------------------------------------------------------------------------

# What the job itself was started with, which may name another place than the profile.
hf_home() {
  { read -r pid _ <"$S/group"; } 2>/dev/null || pid=0
  { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | sed -n 's/^HF_HOME=//p' | grep . || value hf_home
}

has_room() { [ "$(df -Pk . | awk 'NR == 2 { print $4 }')" -ge "$room" ]; }

is_scratch() { # $1: file name
  set -f
  for pattern in $(value scratch); do
    # shellcheck disable=SC2254 # a pattern is meant
    case $1 in $pattern) set +f && return 0 ;; esac
  done
  set +f
  return 1
}

# What a process has open or mapped stays.
drop() { # $1: kind  $2: absolute path  $3: as it is said
  ! grep -Fxq -e "$2" "$work/open" || return 0
  bytes=$(stat -c %s -- "$2") && rm -f -- "$2" && echo "$1 $bytes $(escaped "$3")"
}

# Of the profile's SCRATCH, until there is room: (1) unfinished files that nobody writes any more, (2) checkpoints that were copied off the machine,
# told with their hashes, oldest first, (3) the Hugging Face cache. Nothing else ever goes.
prune() { # $1: free KB that are wanted, then SHA256:PATH below the workdir
  export LC_ALL=C
  room=$1
  shift
  release
  cd -- "$(value workdir)" || exit 1
  here=$(pwd -P)
  # What is kept for the end makes room for the lists that say what may go, where there is no other.
  if ! make_work prune || ! head -c 65536 /dev/zero >"$work/room"; then
    rm -f "$S/spare"
    make_work prune || exit 1
  fi
  rm -f "$work/room"
  if find / -maxdepth 0 -printf '' 2>/dev/null; then
    find /proc/[0-9]*/fd -maxdepth 1 -type l -printf '%l\n' >"$work/open" 2>/dev/null
  else
    for open in /proc/[0-9]*/fd/*; do readlink "$open"; done >"$work/open" 2>/dev/null
  fi
  # This very call has files open.
  [ -s "$work/open" ] || exit 1
  awk '$6 ~ /^[/]/ { print substr($0, index($0, "/")) }' /proc/[0-9]*/maps >>"$work/open" 2>/dev/null
  echo 'lodger-pruned 1'
  find . \( -path ./.lodger -o -type d -name .lodger-partial \) -prune -o -type f -name '*.tmp' -mmin +10 -print >"$work/unfinished"
  while ! has_room && read -r file; do
    [ ! -f "$file" ] || ! is_scratch "${file##*/}" || drop unfinished "$here/${file#./}" "$file"
  done <"$work/unfinished"
  for told; do
    ! has_room || break
    file=${told#*:}
    if is_scratch "${file##*/}" && [ -f "$file" ] && [ ! -L "$file" ] && [ "$(digests "./$file")" = "${told%%:*}" ]; then
      drop checkpoint "$here/$file" "$file"
    fi
  done
  case " $(value scratch) " in
    *' ~/.cache/huggingface/hub/blobs '*)
      cache=$(home=$(hf_home) && [ -n "$home" ] && cd "$home/hub" 2>/dev/null && pwd -P) || cache=
      [ -z "$cache" ] || find "$cache" -type f -path '*/blobs/*' >"$work/cached"
      [ ! -f "$work/cached" ] || while ! has_room && read -r file; do
        [ ! -f "$file" ] || drop cached "$file" "${file#"$cache"/}"
      done <"$work/cached"
      ;;
  esac
  [ -f "$S/exit" ] || [ -f "$S/failure" ] || ! lives supervisor || keep_spare
  echo end
}

case ${1:-} in
  supervise) supervise ;;
  report | manifest | checkpoints | hold | release | prune | stop-job | contact)
    # A close look is none: it leaves the machine as it is.
    [ -n "${LODGER_BRIEF:-}" ] || { mkdir -p "$S" && : >"$S/contact"; }
    part=$1
    shift
    case $part in
      report) report ;;
      manifest) manifest ;;
      checkpoints) checkpoints ;;
      hold) hold "$@" ;;
      release) release && echo 'lodger-release ok' ;;
      prune) prune "$@" ;;
      stop-job) stop_job ;;
      contact) echo ok ;;
    esac
    ;;
  select-files | select-links | hash-files | list-files)
    export LC_ALL=C
    part=$1
    shift
    case $part in
      select-files) select_files "$@" ;;
      select-links) select_links "$@" ;;
      hash-files) hash_files "$@" ;;
      list-files) list_files "$@" ;;
    esac
    ;;
  *)
    echo "lodge.sh: unknown command '${1:-}'" >&2
    exit 2
    ;;
esac
