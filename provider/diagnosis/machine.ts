import type { Diagnosis } from './diagnosis.ts';

/** What is wrong with a machine, whichever program says so: disk, memory, clock, network. */
export const machineDiagnoses: readonly Diagnosis[] = [
  {
    pattern: /spawn nix\S* ENOENT/,
    cause: 'Nix is not installed on this machine, or not on PATH.',
    remedy: 'Install Nix on this machine (https://nixos.org/download), or put its programs on PATH.',
  },
  {
    pattern: /\/boot[^\n]*No space left on device/,
    cause: 'The file system of /boot is full: each generation keeps a kernel and an initial ramdisk there.',
    remedy:
      'Delete old generations on the Pi: `sudo nix-env --profile /nix/var/nix/profiles/system --delete-generations NUMBER` (`--list-generations` shows them), then `sudo /run/current-system/bin/switch-to-configuration boot`, which takes their kernels away. `keepGenerations` and `boot.loader.generic-extlinux-compatible.configurationLimit` keep fewer from then on.',
  },
  {
    pattern: /No space left on device|Disk quota exceeded|database or disk is full/,
    cause: 'A disk is full.',
    remedy:
      'Free space: `sudo nix-collect-garbage` on the machine that ran out. On the Pi, if that frees too little, delete old generations before it: `sudo nix-env --profile /nix/var/nix/profiles/system --delete-generations NUMBER` (`--list-generations` shows them). Or use a larger card.',
  },
  {
    pattern: /Read-only file system/,
    cause: 'A file system may not be written: on a Pi mostly because its card is failing, and the kernel protects it.',
    remedy: 'Look at `dmesg | grep -i -e ext4 -e mmc` there; save what is on the card, and take another one.',
  },
  {
    pattern: /Input\/output error|Structure needs cleaning|EXT4-fs error/,
    cause: 'A disk or card cannot be read or written any more.',
    remedy: 'Look at `dmesg` there; save what is on it, and take another one.',
  },
  {
    pattern: /failed due to signal 9|\bKilled\b|oom-kill/,
    cause: 'A process was killed, mostly because the machine ran out of memory.',
    remedy: 'Build on another machine, lower `max-jobs` and `cores` in nix.conf, or add swap (`zramSwap.enable`).',
  },
  {
    pattern: /Cannot allocate memory|std::bad_alloc|\bout of memory\b|Too many heap sections/i,
    cause: 'The machine ran out of memory.',
    remedy: 'Evaluate and build on another machine, close what is not needed, or add swap (`zramSwap.enable`).',
  },
  {
    pattern: /Too many open files/,
    cause: 'A process may not open more files.',
    remedy: 'Raise the limit: `ulimit -n 65536` in this shell, `systemd.settings.Manager.DefaultLimitNOFILE` on NixOS.',
  },
  {
    pattern: /certificate is not yet valid|certificate has expired/i,
    cause:
      'The clock of a machine is wrong: a Pi has none of its own and starts in the past until it reaches a time server.',
    remedy: 'Compare `date` on both machines; on the Pi look at `timedatectl` and its network.',
  },
  {
    pattern: /SSL certificate problem|SSL peer certificate|certificate verify failed/,
    cause:
      'A server is not who it says, or this machine does not know who vouches for it (a company proxy has its own certificate).',
    remedy:
      'Set `ssl-cert-file` in nix.conf, or `security.pki.certificateFiles`, to a file that holds that certificate.',
  },
];

/** Names and addresses that do not lead anywhere; after what says more, since many programs add this to it. */
export const networkDiagnoses: readonly Diagnosis[] = [
  {
    pattern:
      /Temporary failure in name resolution|Could not resolve host|Name or service not known|Name does not resolve|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)/i,
    cause: 'A name does not resolve.',
    remedy:
      'Is the machine that says so online? Try `getent hosts NAME`. A name that ends in .local needs mDNS on both ends (services.avahi).',
  },
  {
    pattern: /Connection refused|ECONNREFUSED/,
    cause: 'Nothing listens at that address and port.',
    remedy: 'Is the machine still starting? Then its SSH server or service is down, or the port is another one.',
  },
  {
    pattern: /No route to host|Network is unreachable|EHOSTUNREACH|ENETUNREACH/,
    cause: 'No way leads to that address: the machine is off, or in another network.',
    remedy: 'Check that it is on and its network cable or Wi-Fi; `ip route get ADDRESS`; a VPN that is down.',
  },
  {
    pattern: /Connection timed out|Operation timed out|ETIMEDOUT|Timeout, server \S+ not responding/,
    cause: 'The other side does not answer: it is off, busy beyond measure, or a firewall swallows what is sent.',
    remedy: 'Check that it is on and in the network, then run it again.',
  },
];
