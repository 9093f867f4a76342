S=$D/state
mkdir -p "$S" || exit 1

# Run once more in a living container it is no start of one.
if ! lives supervisor; then
  starts=$(cat "$S/starts" 2>/dev/null)
  case $starts in '' | *[!0-9]*) starts=0 ;; esac
  put starts $((starts + 1))
  # A lodge script that never beats is silent since now, and not since the start before.
  put heartbeat "$(now)"
fi

# Environment for ssh sessions: the names of env, never those of secrets.
environment=${LODGER_ROOT:-}/etc/environment
if [ -n "${LODGER_ENV_NAMES:-}" ]; then
  {
    if [ -f "$environment" ]; then
      awk '/^# lodger begin$/ { skip = 1 } !skip { print } /^# lodger end$/ { skip = 0 }' "$environment"
    fi
    echo '# lodger begin'
    for LODGER_NAME in $LODGER_ENV_NAMES; do
      case $LODGER_NAME in [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
      value=
      eval "value=\${LODGER_KEPT_$LODGER_NAME-}"
      # One line a name is all that the file can say.
      case $value in *'
'*) continue ;; esac
      printf '%s="%s"\n' "$LODGER_NAME" "$value"
    done
    echo '# lodger end'
  } >"$environment.lodger" && cat "$environment.lodger" >"$environment"
  rm -f "$environment.lodger"
fi

(
  trap '' HUP
  limit=${LODGER_PAYLOAD_WAIT_S:-3600}
  since=$(now)
  tries=0
  [ -f "$D/ready" ] || phase WaitingForPayload
  while [ ! -f "$D/ready" ]; do
    contact=$(mtime "$S/contact")
    [ "$contact" -le "$since" ] || since=$contact
    if [ "$limit" -gt 0 ] && [ $(($(now) - since)) -ge "$limit" ] && [ "$tries" -lt 12 ]; then
      self_stop "no payload came and nobody spoke to this machine for $limit s"
      tries=$((tries + 1))
      since=$(now)
    fi
    # The GPU is paid for meanwhile.
    sleep "${LODGER_TICK_S:-1}"
  done
  set -- "$D/lodge.sh"
  give_back "${LODGER_ENV_NAMES:-} ${LODGER_SECRET_NAMES:-}"
  # Without it the script that says so must begin all the same.
  command -v setsid >/dev/null || exec sh "$1" supervise
  exec setsid sh "$1" supervise
) </dev/null >>"$D/lodge.log" 2>&1 &
