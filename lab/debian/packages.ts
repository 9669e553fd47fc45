/** Debian packages that this machine itself needs, each with a program by which it is recognised. */
export const hostPackages: Readonly<Record<string, string>> = {
  debootstrap: 'debootstrap',
  'systemd-container': 'systemd-nspawn',
  iproute2: 'ip',
  mount: 'losetup',
  procps: 'pkill',
  fdisk: 'sfdisk',
  e2fsprogs: 'debugfs',
  gpgv: 'gpgv',
  mtools: 'mformat',
  // The bench of flashes compares with it.
  'bmap-tools': 'bmaptool',
  // What makes a faulty card.
  nbdkit: 'nbdkit',
  'libnbd-bin': 'nbdfuse',
};

/** What tests that look at a page need on top of that. */
export const browserPackages: Readonly<Record<string, string>> = { chromium: 'chromium' };

/** The Debian release of the tree. Its Nix (2.26) is new enough for today's nixpkgs; Debian 12's (2.8) is not. */
export const suite = 'trixie';

/** What the tree holds beyond debootstrap's minbase: it serves as the workstation's root and as the Pis' /usr. */
export const treePackages: readonly string[] = [
  'bash-static',
  'ca-certificates',
  'curl',
  'dbus',
  'dosfstools',
  'e2fsprogs',
  'fdisk',
  'fusefat',
  'git',
  'iproute2',
  'iputils-ping',
  'kmod',
  'less',
  'libdbd-sqlite3-perl',
  'libdbi-perl',
  'libpam-systemd',
  'mtools',
  'nix-bin',
  'nix-setup-systemd',
  'openssh-client',
  'openssh-server',
  'openssl',
  'procps',
  'psmisc',
  'sudo',
  'systemd',
  'systemd-resolved',
  'systemd-sysv',
  'util-linux-extra',
  'xz-utils',
  'zstd',
];

/** Single programs unpacked from packages that are not installed: [package, path in it, path in the tree]. */
export const unpackedPrograms: readonly (readonly [string, string, string])[] = [
  // What builders for aarch64 run …
  ['busybox-static:arm64', 'usr/bin/busybox', 'usr/lib/lab/aarch64/busybox'],
  // … and what runs it on another kind of machine. The package would register itself with the host's kernel; this does not.
  ['qemu-user:amd64', 'usr/bin/qemu-aarch64', 'usr/lib/lab/qemu-aarch64'],
];

/**
 * What the lab's servers run, unpacked beside the tree when the first of them is made. Postgres is without LLVM, whose
 * only use is to compile large queries.
 */
export const serverPackages: readonly string[] = [
  'libicu76',
  'libpq5',
  'nginx',
  'postgresql-17',
  'postgresql-client-17',
];
