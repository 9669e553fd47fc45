import type { Diagnosis } from './diagnosis.ts';

/** What Nix says about stores, its daemon, and copying from one to another. */
export const storeDiagnoses: readonly Diagnosis[] = [
  {
    pattern: /cannot connect to (?:socket|daemon) at '[^']*nix[^']*'|could not connect to any lix socket/,
    cause: "Nix' daemon does not run, or this user may not talk to it.",
    remedy: '`systemctl status nix-daemon.socket`; `nix.settings.allowed-users` names who may.',
  },
  {
    pattern: /lacks a (?:valid )?signature by a trusted key/,
    cause: 'The user may not add unsigned paths on the Pi.',
    remedy:
      'Put the user into `nix.settings.trusted-users` there, log in as root, let the login use sudo, sign the paths, or build on the Pi (`buildOn`).',
  },
  {
    pattern: /protocol mismatch, got '/,
    cause:
      'Something on the other side printed text where Nix expected data: mostly a start-up file of the shell there.',
    remedy: 'Let ~/.bashrc and the like print nothing in a session that is not interactive. What it printed is quoted.',
  },
  {
    pattern: /nix-(?:store|daemon): (?:command )?not found|Unknown command: nix-/,
    cause: 'The login on the other side has no Nix on its PATH.',
    remedy: 'Is it a NixOS? Look at `ssh HOST which nix-store`: a non-interactive shell has to find it.',
  },
  {
    pattern: /SQLite database '[^']*' is busy|database is locked/,
    cause: "Another process holds Nix' database.",
    remedy: 'Wait for the other build or garbage collection, then run it again.',
  },
  {
    pattern: /database disk image is malformed|SQLITE_CORRUPT/,
    cause: "Nix' database on that machine is damaged, as after a power cut on a failing card.",
    remedy: 'Look at `nix-store --verify --check-contents` there; with a failing card: another card.',
  },
  {
    pattern: /path '\/nix\/store\/[^']+' is not valid|\/nix\/store\/\S+\.drv['’]?:? No such file or directory/,
    cause: 'A path is not in the store any more, or was never copied there: the garbage collector took it.',
    remedy:
      'Run it again: what is missing is built or copied anew. `nix-store --verify --repair` mends a damaged store.',
  },
  {
    pattern: /hash mismatch importing path|path '\/nix\/store\/[^']+' (?:is corrupted|was modified)/,
    cause: 'A store path is not what it was when it was built: a damaged disk, card or transfer.',
    remedy: '`sudo nix-store --verify --check-contents --repair` on the machine that says so.',
  },
  {
    pattern:
      /opening lock file '[^']*': (?:Permission denied|Read-only)|creating symlink '\/nix\/var\/nix[^']*': Permission denied/,
    cause: "A user who is not root may not change Nix' profiles.",
    remedy: 'Log in as root, or as a user who may use sudo.',
  },
  {
    pattern: /unable to download '[^']+': HTTP error 4\d\d/,
    cause:
      'A server does not have what was asked for: a channel or revision that is gone, or an address with a typing error.',
    remedy: 'Correct or update the address in `nixPath` or flake.lock.',
  },
  {
    pattern: /unable to download '[^']+'/,
    cause: 'A download failed.',
    remedy: 'Is this machine online? Then run it again; `it said:` holds the reason.',
  },
];
