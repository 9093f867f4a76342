# Looks at what lies on a machine that somebody else set up: read-only, bounded, nothing read from standard input.
# $1: the directory .lodger  $2: the data directory  $3...: paths that are asked about. Prints facts; docs/formats/box.md.

export LC_ALL=C
D=$1
data=$2
shift 2

encoded() { base64 | tr -d '\n'; }

# Is the lodge script of some job alive here?
watched() {
  { read -r pid start <"$D/state/supervisor"; } 2>/dev/null || return 1
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  line=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  # shellcheck disable=SC2086 # the fields are wanted one by one
  set -- ${line##*) }
  shift 19
  [ "$1" = "$start" ]
}

echo 'lodger-look 1'
echo "home=$(printf %s "${HOME:-}" | encoded)"
command -v rsync >/dev/null || echo 'lacks=rsync'
find / -maxdepth 0 -printf '' 2>/dev/null || echo 'lacks=find'
[ -n "$(printf . | sha256sum -z 2>/dev/null)" ] || echo 'lacks=sha256sum'
if watched; then echo 'watched=1'; fi
for path; do
  real=$(readlink -f -- "$path" 2>/dev/null) && [ -e "$real" ] || real=
  if [ -z "$real" ]; then
    echo 'path=0 0'
    continue
  fi
  # Sizes one a line; every other line is a complaint about something that could not be read.
  said=$(find "$real" -path "$D" -prune -o -type f -printf '%s\n' 2>&1 | awk '
    /^[0-9]+$/ { files++; bytes += $1; next }
    complaint == "" { complaint = $0 }
    END { printf "%d %.0f %s", files, bytes, complaint }')
  files=${said%% *}
  rest=${said#* }
  echo "path=$files ${rest%% *} $(printf %s "$real" | encoded) $(printf %s "${rest#* }" | encoded)"
done
home=${HOME:-$data}
[ "$home" != / ] || home=$data
# What is large, or was written since yesterday; not what is hidden or was installed.
find "$data" "$home" -xdev \( -name '.?*' -o -name site-packages -o -name node_modules -o -name __pycache__ \) -prune \
  -o -type f -size +0 \( -size +1023k -o -mmin -1440 \) -exec stat -c '%s %Y %n' {} + 2>/dev/null |
  sort -rn | head -n 80 | cut -c 1-1024 | sed 's/^/file=/'
echo end
