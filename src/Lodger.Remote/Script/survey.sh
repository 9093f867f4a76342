# Lists everything below some paths on a machine that somebody else set up, without reading a file or leaving anything there.
# $1: a directory that is left out, Lodger's own  $2...: absolute paths; one that is not there is left out.
# Prints records that end in NUL; docs/formats/box.md. Status 5: something could not be listed, and standard error names it.

export LC_ALL=C
own=$1
shift
for path; do
  shift
  if [ -e "$path" ] || [ -L "$path" ]; then set -- "$@" "$path"; fi
done
status=0
printf 'lodger-survey 1 %s\0' "$(date +%s)"
if [ $# -gt 0 ]; then
  find "$@" -path "$own" -prune -o \
    \( -type f -printf 'f %s %T@ %C@ %D:%i %p\0' -o -type l -printf 'l %s %T@ %C@ %D:%i %p\0%l\0' \) || status=5
fi
printf 'end\0'
exit $status
