# shellcheck shell=bash
# Sourced by bench/run, which names a temporary directory in $work. Two things are always measured in turns, one pair a round, so that whatever else the machine does hits both alike; the ratio is the
# median of the rounds' ratios.

work=${work:?}

# seconds COMMAND... -> $elapsed, with a resolution of microseconds; the command's output is dropped, its failure ends the benchmark
seconds() {
  local from=$EPOCHREALTIME to
  "$@" >/dev/null 2>"$work/stderr" </dev/null || { echo "bench: failed: $*" >&2; cat -- "$work/stderr" >&2; exit 1; }
  to=$EPOCHREALTIME
  elapsed=$(awk -v a="$from" -v b="$to" 'BEGIN { printf "%.6f", b - a }')
}

# median FILE, spread FILE: of one number a line
median() { sort -g -- "$1" | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
spread() { sort -g -- "$1" | awk -v f="$2" 'NR == 1 { a = $1 } { b = $1 } END { printf f " - " f, a, b }'; }

# peak COMMAND... -> the largest resident size of the process itself and of children it waited for, in MB
peak() {
  /usr/bin/time -f %M -o "$work/peak" "$@" >/dev/null 2>&1 </dev/null || true
  awk 'END { printf "%.0f", $1 / 1000 }' "$work/peak"
}

# compare ROUNDS TITLE OURS THEIRS: OURS and THEIRS name functions; NAME_before, when there is one, runs unmeasured before each round
compare() {
  local rounds=$1 title=$2 ours=$3 theirs=$4 round a b who
  : >"$work/a"; : >"$work/b"; : >"$work/ratio"
  for ((round = 1; round <= rounds + 1; round++)); do
    # The order changes every round: neither always finds the caches that the other has warmed.
    for who in $( ((round % 2)) && echo "$ours $theirs" || echo "$theirs $ours"); do
      ! declare -F "${who}_before" >/dev/null || "${who}_before"
      seconds "$who"
      [[ $who == "$ours" ]] && a=$elapsed || b=$elapsed
    done
    ((round > 1)) || continue # the first round warms up
    echo "$a" >>"$work/a"; echo "$b" >>"$work/b"
    awk -v a="$a" -v b="$b" 'BEGIN { printf "%.4f\n", a / b }' >>"$work/ratio"
  done
  printf '| %s | %.3f s (%s) | %.3f s (%s) | **%.2f** (%s) | %d |\n' "$title" \
    "$(median "$work/a")" "$(spread "$work/a" %.3f)" "$(median "$work/b")" "$(spread "$work/b" %.3f)" \
    "$(median "$work/ratio")" "$(spread "$work/ratio" %.2f)" "$rounds"
}
