#!/bin/sh
# Runs on the host as the first process of the instance's outer pid namespace: killing it kills everything inside.
# Its first line of output is its own /proc stat line, by which the marketplace knows it (pid and start time).
# usage: cage.sh plain|image IMAGE MOUNTPOINT COMMAND ARGUMENT...
set -eu
exec 2>&1
read -r stat </proc/self/stat
printf '%s\n' "$stat"
disk=$1
image=$2
mountpoint=$3
shift 3
if [ "$disk" = image ]; then
  # This mount namespace is private and dies with us, and so do the mount and its loop device.
  mount -n -t ext4 -o loop,discard,noatime,noinit_itable "$image" "$mountpoint"
fi
status=0
"$@" || status=$?
exit "$status"
