#!/usr/bin/env bash
# The program that the boot loader names with init=: runs as process 1, activates the system, becomes systemd.
# Follows nixos/modules/system/boot/stage-2-init.sh. Leaves out: mounting special file systems (the board did),
# resuming, the read-only bind mount of the store, /run/keys, the hardware clock.
systemConfig=@out@
export HOME=/root PATH=/usr/bin:/usr/sbin:/bin:/sbin

echo
echo -e "\e[1;32m<<< NixOS Stage 2 >>>\e[0m"
echo
echo "booting system configuration $systemConfig"

chown -f 0:30000 /nix/store
chmod -f 1775 /nix/store

mkdir -m 0755 -p /etc /etc/nixos /var/log /var/lib /var/db /nix/var /home /run/lock
mkdir -m 01777 -p /tmp
mkdir -m 0700 -p /root
test -e /etc/fstab || touch /etc/fstab
rm -f /etc/mtab* /etc/{group,passwd,shadow}.lock
ln -s /proc/mounts /etc/mtab
rm -rf /var/run /var/lock /nix/var/nix/gcroots/tmp /nix/var/nix/temproots
ln -s /run /var/run
ln -s /run/lock /var/lock

# Here the output also goes to a file: there is no /dev/kmsg of the Pi's own.
mkdir -p /run/log
exec {console}>&1 {errors}>&2
exec > >(tee -i /run/log/stage-2-init.log) 2>&1

echo "running activation script..."
"$systemConfig/activate"

ln -sfn "$systemConfig" /run/booted-system
mkdir -p /nix/var/nix/gcroots
ln -sfn /run/booted-system /nix/var/nix/gcroots/booted-system

@postBootCommands@

# Without an identity systemd would take each boot for the first one.
test -s /etc/machine-id || systemd-machine-id-setup

exec 1>&"$console" 2>&"$errors"
exec {console}>&- {errors}>&-
echo "starting systemd..."
exec /usr/lib/systemd/systemd
