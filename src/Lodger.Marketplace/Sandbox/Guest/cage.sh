#!/bin/sh
# Runs on the host as the first process of the instance's outer pid namespace: killing it kills everything inside.
# Its first line of output is its own /proc stat line, by which the marketplace knows it (pid and start time).
# usage: cage.sh joined|apart [mount IMAGE MOUNTPOINT]... [straight ROOT PATH]... -- COMMAND ARGUMENT...
set -eu
# A program whose output is data keeps its complaints apart from it.
[ "$1" = apart ] || exec 2>&1
shift
read -r stat </proc/self/stat
printf '%s\n' "$stat"

mount_image() {
  # This mount namespace is private and dies with us, and so do the mount and its loop device. An image that somebody else has mounted gets
  # the same loop device and so the same file system; the lock sees to it that two who come at once do not make two.
  # shellcheck disable=SC2094 # the image is opened for its lock only
  (
    flock -w 60 9 || {
      printf 'the image has been locked for a minute\n' >&2
      exit 1
    }
    tries=200
    device=unknown
    until said=$(mount -n -t ext4 -o loop,discard,noatime,noinit_itable "$1" "$2" 2>&1); do
      # Its last user may be letting go of the loop device just now. Was it gone before this try, the failure is another.
      if [ -z "$device" ] || [ "$tries" = 0 ]; then
        printf '%s\n' "$said" >&2
        exit 1
      fi
      tries=$((tries - 1))
      device=$(losetup -n -O NAME -j "$1" 2>/dev/null) || device=
      sleep 0.1
    done
  ) 9<"$1"
}

# A volume's place must be where its path says: on the way, a tenant's link would lead out of his disk.
straight() {
  at=$1
  rest=${2#/}
  while [ -n "$rest" ]; do
    at=$at/${rest%%/*}
    [ ! -L "$at" ] || { echo "the mount path $2 leads through a symbolic link" >&2; exit 1; }
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
  done
}

while [ "$1" != -- ]; do
  case $1 in
    mount) mount_image "$2" "$3" ;;
    straight) straight "$2" "$3" ;;
    *) exit 70 ;;
  esac
  shift 3
done
shift
status=0
"$@" || status=$?
exit "$status"
