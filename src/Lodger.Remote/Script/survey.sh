# Lists everything below some paths on a machine that somebody else set up, without reading a file or leaving anything there.
# $1: a directory that is left out, Lodger's own  $2...: absolute paths. Prints records that end in NUL; docs/formats/box.md.
# Status 5: something could not be listed, and standard error names it.

export LC_ALL=C
own=$1
shift
printf 'lodger-survey 1 %s\0' "$(date +%s)"
find "$@" -path "$own" -prune -o \
  \( -type f -printf 'f %s %T@ %C@ %D:%i %p\0' -o -type l -printf 'l %s %T@ %C@ %D:%i %p\0%l\0' \) || exit 5
printf 'end\0'
