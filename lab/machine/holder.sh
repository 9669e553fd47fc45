#!/bin/bash
# Process 1 of a lab's namespaces: holds them, and takes everything inside along when it ends.
# holder.sh INSTANCE — run by holder.ts under unshare(1), with mount, network, uts, ipc and pid namespaces of its own.
set -euo pipefail
instance=$1

if [ "${2:-}" != inside ]; then
  # In a plain chroot "/" is no mount point, and mount(8) cannot name the one above it; entering our own mount namespace leads there.
  if mountpoint -q /; then mount --make-rprivate /; else nsenter --mount=/proc/self/ns/mnt mount --make-rprivate /; fi
  # The root becomes a mount point of ours, which systemd-nspawn's pivot_root needs.
  mount --rbind / "$instance/machine"
  exec chroot "$instance/machine" /bin/bash "$0" "$instance" inside
fi

mount -t proc proc /proc
mount -t sysfs sysfs /sys
# One pure cgroup2 hierarchy, also where the machine's own mixes version 1 in.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
[ "$(stat --file-system --format=%T /dev)" = tmpfs ] && [ -e /dev/loop-control ] || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts /dev/pts
# Network namespaces and what systemd-nspawn keeps are named below /run.
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir /run/lab
# Containers keep a copy of what was mounted when they began. Here it is shared: what is unmounted is unmounted in them as well,
# or the card of one Pi would stay in use while another one runs.
mkdir -p "$instance/pis"
mount --bind "$instance/pis" "$instance/pis"
mount --make-shared "$instance/pis"
ip link set lo up

echo ready
exec </dev/null >/dev/null 2>&1
trap 'exit 0' TERM
# bash reaps the orphans of the namespace as they end.
while :; do
  sleep infinity &
  wait "$!" || :
done
