# Shared by the boot script and the lodge script. Both set D (the directory .lodger) and S (its directory state) first.

now() { date +%s; }

# Seconds since the epoch at which a file last changed; 0 when it is not there.
mtime() { stat -c %Y "$1" 2>/dev/null || echo 0; }

# Replaces a state file in one step, so that a reader sees the old text or the new one.
put() { # $1: name below state  $2: text
  printf '%s\n' "$2" >"$S/$1.new" && mv -f "$S/$1.new" "$S/$1"
}

phase() { put phase "$1"; }

# Start time of a live process in clock ticks; nothing when it is dead. With the pid it names a process for good.
born() {
  [ -r "/proc/$1/stat" ] && stat_line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # the fields are wanted one by one
  set -- ${stat_line##*) }
  case $1 in Z | X) return 0 ;; esac
  shift 19
  echo "$1"
}

# Is the process that a state file recorded ("pid start-time") still the one that lives?
lives() {
  [ -f "$S/$1" ] && read -r lives_pid lives_start <"$S/$1" && [ -n "$lives_start" ] && [ "$(born "$lives_pid")" = "$lives_start" ]
}

# env may hold any name, those that these scripts use for themselves among them, so what it says is kept for the job before they use one. Secrets leave
# the environment until then: nothing but the job's own process inherits them.
keep_environment() {
  for LODGER_NAME in ${LODGER_ENV_NAMES:-} ${LODGER_SECRET_NAMES:-}; do
    case $LODGER_NAME in [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
    eval "if [ -n \"\${$LODGER_NAME+set}\" ]; then LODGER_KEPT_$LODGER_NAME=\$$LODGER_NAME; fi"
    case " ${LODGER_SECRET_NAMES:-} " in *" $LODGER_NAME "*) unset "$LODGER_NAME" ;; esac
  done
}

give_back() { # $1: names, space-separated
  for LODGER_NAME in $1; do
    case $LODGER_NAME in [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
    eval "if [ -n \"\${LODGER_KEPT_$LODGER_NAME+set}\" ]; then export $LODGER_NAME=\"\$LODGER_KEPT_$LODGER_NAME\"; fi"
  done
}

# Sends {"state":"stopped"} with the key where no process list shows it; prints the answer.
put_stopped() { # $1: URL
  body='{"state":"stopped"}'
  if command -v curl >/dev/null; then
    printf 'header = "Authorization: Bearer %s"\n' "$CONTAINER_API_KEY" |
      curl -sS -f -m 60 --config - -X PUT -H 'Content-Type: application/json' -d "$body" "$1"
  elif command -v python3 >/dev/null; then
    printf %s "$CONTAINER_API_KEY" | python3 -c '
import sys, urllib.request
r = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), method="PUT")
r.add_header("Authorization", "Bearer " + sys.stdin.read())
r.add_header("Content-Type", "application/json")
print(urllib.request.urlopen(r, timeout=60).read(65536).decode())' "$1" "$body"
  elif command -v wget >/dev/null && [ -w /dev/shm ]; then
    # wget reads options from regular files only: this one is in memory, for its owner alone, and short-lived.
    (umask 077 && printf 'header = Authorization: Bearer %s\n' "$CONTAINER_API_KEY" >"/dev/shm/lodger.$$")
    wget -q -O - -T 60 -t 1 --config="/dev/shm/lodger.$$" --method=PUT --header='Content-Type: application/json' --body-data="$body" "$1"
    status=$?
    rm -f "/dev/shm/lodger.$$"
    return "$status"
  else
    echo 'no curl, python3 or wget' >&2
    return 1
  fi
}

# Stops, never destroys, this rental with the key that the platform gave to this container, and says so in state/self-stop.
self_stop() { # $1: why
  if [ -z "${LODGER_API_URL:-}" ] || [ -z "${CONTAINER_ID:-}" ] || [ -z "${CONTAINER_API_KEY:-}" ]; then
    put self-stop "failed $(now) $1; there is no LODGER_API_URL, CONTAINER_ID or CONTAINER_API_KEY to stop it with"
    return 1
  fi
  put self-stop "asking $(now) $1"
  if answer=$(put_stopped "${LODGER_API_URL%/}/api/v0/instances/$CONTAINER_ID/" 2>&1); then
    case $answer in
      *'"success":false'* | *'"success": false'*) ;;
      *)
        put self-stop "stopped $(now) $1"
        return 0
        ;;
    esac
  fi
  put self-stop "failed $(now) $1; the platform said: $(printf %s "$answer" | tr -cd '[:print:]' | cut -c 1-300)"
  return 1
}
