# Packages whose programs are the machine's own: for each attribute its version and programs (see machine.nix).
{
  bash = {
    version = "5.3p9";
    programs = [ "bash" "sh" ];
    passthru.shellPath = "/bin/bash";
  };
  busybox.version = "1.37.0";
  cacert = {
    pname = "nss-cacert";
    version = "3.119.1";
    programs = [ ];
  };
  coreutils = {
    version = "9.9";
    programs = [
      "[" "b2sum" "base32" "base64" "basename" "cat" "chgrp" "chmod" "chown" "chroot" "cksum" "comm" "cp"
      "csplit" "cut" "date" "dd" "df" "dir" "dirname" "du" "echo" "env" "expand" "expr" "factor" "false" "fmt"
      "fold" "groups" "head" "hostid" "id" "install" "join" "link" "ln" "logname" "ls" "md5sum" "mkdir"
      "mkfifo" "mknod" "mktemp" "mv" "nice" "nl" "nohup" "nproc" "numfmt" "od" "paste" "pathchk" "pinky" "pr"
      "printenv" "printf" "pwd" "readlink" "realpath" "rm" "rmdir" "runcon" "seq" "sha1sum" "sha224sum"
      "sha256sum" "sha384sum" "sha512sum" "shred" "shuf" "sleep" "sort" "split" "stat" "stdbuf" "stty" "sum"
      "sync" "tac" "tail" "tee" "test" "timeout" "touch" "tr" "true" "truncate" "tsort" "tty" "uname"
      "unexpand" "uniq" "unlink" "users" "vdir" "wc" "who" "whoami" "yes"
    ];
    passthru.shellPath = "/bin/ls";
  };
  dbus = {
    version = "1.16.2";
    programs = [ "dbus-daemon" "dbus-send" ];
  };
  diffutils = {
    version = "3.12";
    programs = [ "cmp" "diff" ];
  };
  dosfstools = {
    version = "4.2";
    programs = [ "mkfs.vfat" "fsck.vfat" ];
  };
  e2fsprogs = {
    version = "1.47.3";
    programs = [ "debugfs" "e2fsck" "mkfs.ext4" "resize2fs" "tune2fs" ];
  };
  findutils = {
    version = "4.10.0";
    programs = [ "find" "xargs" ];
  };
  gawk = {
    version = "5.3.2";
    programs = [ "awk" ];
  };
  getent = {
    pname = "getent-glibc";
    version = "2.42-47";
    programs = [ "getent" ];
  };
  git = {
    version = "2.52.0";
    programs = [ "git" ];
  };
  gnugrep = {
    version = "3.12";
    programs = [ "egrep" "fgrep" "grep" ];
  };
  gnused = {
    version = "4.9";
    programs = [ "sed" ];
  };
  gnutar = {
    version = "1.35";
    programs = [ "tar" ];
  };
  gzip = {
    version = "1.14";
    programs = [ "gunzip" "gzip" ];
  };
  hostname = {
    pname = "hostname-debian";
    version = "3.25";
    programs = [ "hostname" ];
  };
  iproute2 = {
    version = "6.18.0";
    programs = [ "ip" "ss" ];
  };
  iputils = {
    version = "20250605";
    programs = [ "ping" ];
  };
  kmod = {
    version = "34.2";
    programs = [ "depmod" "lsmod" "modprobe" ];
  };
  less.version = "692";
  mtools = {
    version = "4.0.49";
    programs = [ "mcopy" "mmd" "mtools" ];
  };
  ncurses = {
    version = "6.6";
    programs = [ "clear" "tput" ];
  };
  nettools = {
    pname = "net-tools";
    version = "2.10";
    programs = [ ];
  };
  nix = {
    version = "2.31.3";
    programs = [
      "nix" "nix-build" "nix-channel" "nix-collect-garbage" "nix-copy-closure" "nix-daemon" "nix-env"
      "nix-hash" "nix-instantiate" "nix-prefetch-url" "nix-shell" "nix-store"
    ];
  };
  openssh = {
    version = "10.2p1";
    programs = [ "scp" "sftp" "ssh" "ssh-add" "ssh-agent" "ssh-copy-id" "ssh-keygen" "ssh-keyscan" "sshd" ];
  };
  pam = {
    pname = "linux-pam";
    version = "1.7.1";
    programs = [ ];
  };
  parted = {
    version = "3.6";
    programs = [ "partprobe" ];
  };
  perl = {
    version = "5.42.0";
    programs = [ "perl" ];
  };
  procps = {
    version = "4.0.5";
    programs = [ "free" "pgrep" "pkill" "ps" "sysctl" "top" "uptime" "watch" ];
  };
  shadow = {
    version = "4.18.0";
    programs = [ "chpasswd" "groupadd" "nologin" "passwd" "su" "useradd" "usermod" ];
    passthru.shellPath = "/bin/nologin";
  };
  sudo = {
    version = "1.9.17p2";
    programs = [ "sudo" "sudoedit" "visudo" ];
  };
  systemd = {
    version = "258.3";
    programs = [
      "busctl" "hostnamectl" "journalctl" "loginctl" "networkctl" "systemctl" "systemd-analyze" "systemd-cat"
      "systemd-run" "systemd-tmpfiles"
    ];
  };
  util-linux = {
    version = "2.41.2";
    programs = [
      "blkid" "dmesg" "fdisk" "findmnt" "flock" "fsck" "logger" "losetup" "lsblk" "mkswap" "mount" "nsenter"
      "script" "setsid" "sfdisk" "swapoff" "swapon" "umount" "unshare"
    ];
  };
  which.version = "2.23";
  xz = {
    version = "5.8.2";
    programs = [ "xz" ];
  };
  zstd = {
    version = "1.5.7";
    programs = [ "unzstd" "zstd" "zstdcat" ];
  };
}
