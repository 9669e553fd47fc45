import { expect, test } from '@jest/globals';
import { diagnose, diagnoses, findDiagnosis } from '../../../provider/diagnosis/diagnose.ts';
import { evaluationFailures } from './evaluation-failures.ts';

/** What Nix, ssh and the Pi are known to say (2.26.3 where no other version is named), and a word of what to do. */
const failures: readonly [string, string, RegExp][] = [
  ...evaluationFailures,
  ['no Nix', 'spawn nix-instantiate ENOENT', /Install Nix on this machine/],
  [
    'no way to build for the Pi',
    `error: a 'aarch64-linux' with features {} is required to build '/nix/store/x.drv', but I am a 'x86_64-linux' with features {kvm}`,
    /boot\.binfmt\.emulatedSystems.*extra-platforms.*builders/,
  ],
  [
    'the same, Nix 2.30',
    `error: Cannot build '/nix/store/x.drv'.\n       Reason: platform mismatch\n       Required system: 'aarch64-linux'`,
    /binfmt/,
  ],
  [
    'the same, Nix 2.29',
    `error: Cannot build '/nix/store/x.drv'.\nReason: required system or feature not available\nRequired system: 'aarch64-linux' with features {}`,
    /binfmt/,
  ],
  ['emulation that is not there', `error: executing '/nix/store/x/bin/bash': Exec format error`, /kernel cannot/],
  [
    'a builder that is not in reach, with what Nix says because of it',
    `cannot build on 'ssh-ng://root@b': error: failed to start SSH connection to 'root@b'\nFailed to find a machine for remote build!\nerror: a 'aarch64-linux' with features {} is required to build 'x', but I am a 'x86_64-linux'`,
    /^No builder could be reached/,
  ],
  [
    'no nixos-hardware',
    `error: file 'nixos-hardware/raspberry-pi/4' was not found in the Nix search path (add it using $NIX_PATH or -I)`,
    /THIS machine.*nix-channel --add .*nixos-hardware/,
  ],
  ['no nixos-config', `error: file 'nixos-config' was not found in the Nix search path`, /`configuration`/],
  ['no nixpkgs', `error: file 'nixpkgs/nixos' was not found in the Nix search path`, /nixpkgs=channel:/],
  [
    'a channel that cannot be fetched',
    `warning: Nix search path entry 'channel:nixos-26.05' cannot be downloaded, ignoring\nerror: file 'nixpkgs/nixos' was not found in the Nix search path`,
    /online/,
  ],
  [
    'no hardware configuration',
    `error: path '/pis/kitchen/hardware-configuration.nix' does not exist`,
    /HardwareConfig/,
  ],
  [
    'a file that a flake does not see, since Git does not know it',
    `error: path '/nix/store/anh74afmaz36pissifszgqps92vl9fc1-source/hosts/cellar/configuration.nix' does not exist`,
    /`git add` what is named behind/,
  ],
  [
    'no host platform in a flake',
    'error: Neither nixpkgs.hostPlatform nor the legacy option nixpkgs.system has been set.\nYou can set nixpkgs.hostPlatform in hardware-configuration.nix',
    /hostPlatform = "aarch64-linux"/,
  ],
  [
    'no root file system',
    'error:\n       Failed assertions:\n       - The ‘fileSystems’ option does not specify your root file system.',
    /Import \.\/hardware-configuration\.nix/,
  ],
  [
    'an image that imports the hardware configuration',
    'error: The option `fileSystems."/".device\' has conflicting definition values:',
    /do not import it there/,
  ],
  [
    'a user whom the Pi does not trust',
    `error: cannot add path '/nix/store/x' because it lacks a signature by a trusted key\nerror: unexpected end-of-file`,
    /trusted-users/,
  ],
  ['a full disk', 'error: writing to file: No space left on device', /Free space/],
  ['no memory', `error: builder for '/nix/store/x.drv' failed due to signal 9 (Killed)`, /memory/],
  [
    'another host key',
    '@@@@@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
    /hostKey/,
  ],
  [
    'a feature that this machine does not offer',
    `error: a 'aarch64-linux' with features {big-parallel} is required to build '/nix/store/x.drv', but I am a 'aarch64-linux' with features {benchmark}`,
    /system-features/,
  ],
  [
    'the same, Nix 2.31',
    `error: Cannot build '/nix/store/x.drv'.\n       Reason: required system or feature not available\n       Required system: 'x86_64-linux' with features {kvm}\n       Current system: 'x86_64-linux' with features {benchmark, uid-range}`,
    /system-features/,
  ],
  [
    'the wrong system, Nix 2.31',
    `Reason: required system or feature not available\n       Required system: 'aarch64-linux' with features {big-parallel}\n       Current system: 'x86_64-linux' with features {benchmark}`,
    /binfmt/,
  ],
  [
    'no jobs',
    `error: unable to start any build; either set '--max-jobs' to a non-zero value or enable remote builds.`,
    /max-jobs/,
  ],
  [
    'a builder that does not trust the user',
    'error: you are not privileged to build input-addressed derivations',
    /trusted-users.* on the builder/,
  ],
  [
    'a setting that only root may give',
    `warning: ignoring the client-specified setting 'builders', because it is a restricted setting and you are not a trusted user`,
    /nix\.conf/,
  ],
  [
    'an emulator that crashed',
    'qemu: uncaught target signal 11 (Segmentation fault) - core dumped',
    /another version of qemu/,
  ],
  [
    'another file than the one that was declared',
    `error: hash mismatch in fixed-output derivation '/nix/store/x.drv':\n         specified: sha256-AAAA\n            got:    sha256-BBBB`,
    /`got:`/,
  ],
  [
    'a kernel with fewer modules',
    'modprobe: FATAL: Module dw-hdmi not found in directory /nix/store/x-linux-rpi-6.12.34-stable_20250702-modules/lib/modules/6.12.34',
    /allowMissingModules/,
  ],
  [
    'the vendor kernel',
    `error: builder for '/nix/store/x-linux-rpi-6.12.34.drv' failed with exit code 2`,
    /boot\.kernelPackages = pkgs\.linuxPackages/,
  ],
  ['a full /boot', `cp: error writing '/boot/nixos/x-Image.tmp.1': No space left on device`, /configurationLimit/],
  ['a failing card', `mkdir: cannot create directory '/var/lib/x': Read-only file system`, /another one/],
  ['a broken card', 'cat: /etc/x: Input/output error', /dmesg/],
  ['no memory for Nix', 'error: std::bad_alloc', /zramSwap/],
  ['no memory for a process', 'fork: Cannot allocate memory', /zramSwap/],
  ['a wrong clock', 'SSL certificate problem: certificate is not yet valid', /timedatectl/],
  ['a proxy', 'SSL certificate problem: self-signed certificate in certificate chain', /ssl-cert-file/],
  ['no name', 'ssh: Could not resolve hostname kitchen.local: Name or service not known', /getent hosts/],
  ['no name server', 'ssh: Could not resolve hostname kitchen: Temporary failure in name resolution', /getent hosts/],
  ['nothing that listens', 'ssh: connect to host 192.0.2.7 port 22: Connection refused', /^Nothing listens/],
  ['no way', 'ssh: connect to host 192.0.2.7 port 22: No route to host', /ip route get/],
  ['no answer', 'ssh: connect to host 192.0.2.7 port 22: Connection timed out', /firewall/],
  ['a dead link', 'Timeout, server pi not responding.', /does not answer/],
  ['a login that is refused', 'pi@192.0.2.7: Permission denied (publickey).', /authorizedKeys/],
  ['too many keys', 'Received disconnect from 192.0.2.7 port 22:2: Too many authentication failures', /identityFile/],
  [
    'a key that others may read',
    '@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\nLoad key "/home/me/.ssh/id": bad permissions',
    /chmod 600/,
  ],
  ['a configuration that others may write', 'Bad owner or permissions on /home/me/.ssh/config', /chmod 600 ~/],
  ['a Pi that starts', '"System is booting up. Unprivileged users are not permitted to log in yet."', /Wait/],
  ['a server that hangs up', 'kex_exchange_identification: Connection closed by remote host', /MaxStartups/],
  ['a server that was annoyed', 'Not allowed at this time', /PerSourcePenalties/],
  ['a host that passes nothing on', 'channel 0: open failed: administratively prohibited: open failed', /AllowTcpForw/],
  ['a broken connection', 'client_loop: send disconnect: Broken pipe', /not copied twice/],
  ['a kind of host key', 'Unable to negotiate with 192.0.2.7 port 22: no matching host key type found.', /`hostKey`/],
  [
    'no Nix daemon',
    `error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused`,
    /nix-daemon\.socket/,
  ],
  ['a shell that talks', `error: protocol mismatch, got 'Welcome to kitchen'`, /bashrc/],
  ['no Nix on the other side', 'bash: line 1: nix-store: command not found', /which nix-store/],
  ['a busy database', `warning: SQLite database '/nix/var/nix/db/db.sqlite' is busy`, /Wait/],
  ['a locked database', 'error: executing SQLite query: database is locked', /Wait/],
  ['a path that was collected', `error: path '/nix/store/x-nixos-system' is not valid`, /built or copied anew/],
  ['a profile of root', `error: opening lock file '/nix/var/nix/profiles/system.lock': Permission denied`, /sudo/],
  ['another deployer', 'Could not acquire lock', /Another activation is running/],
  [
    'another activation',
    'Failed to start transient service unit: Unit nixos-rebuild-switch-to-configuration.service was already loaded or has a fragment file.',
    /Another activation is running/,
  ],
  ['a switch that needs a reboot', `Pre-switch check 'switchInhibitors' failed`, /goal.*boot/],
  ['another check', `Pre-switch check 'mine' failed`, /preSwitchChecks/],
  [
    'no boot loader',
    'Warning: do not know how to make this configuration bootable; please enable a boot loader.',
    /generic-extlinux-compatible/,
  ],
  ['a boot loader that failed', 'Failed to install bootloader', /df -h/],
  ['another Linux', 'This is not a NixOS installation!', /Flash/],
  [
    'a script that failed',
    `Activation script snippet 'users' failed (1)\nFailed to run activate script`,
    /activationScripts/,
  ],
  [
    'a secret for another key',
    "sops-install-secrets: failed to decrypt '/nix/store/x': Error getting data key: 0 successful groups required, got 0\nActivation script snippet 'setupSecrets' failed (1)",
    /hostPublicKey/,
  ],
  ['the same, agenix', 'age: error: no identity matched any of the recipients', /agenix --rekey/],
  ['failed units', 'warning: the following units failed: nginx.service', /systemctl --failed/],
  ['a disk that is not there', 'Timed out waiting for device /dev/disk/by-label/DATA.', /nofail/],
  ['no D-Bus', 'Failed to connect to bus: No such file or directory', /systemctl status dbus/],
  ['no password for sudo', 'sudo: a password is required', /sudoPassword/],
  ['no sudo', 'pi is not in the sudoers file.', /wheel/],
  ['a wrong password', 'Sorry, try again.', /is wrong/],
  ['too many files', 'error: opening file: Too many open files', /ulimit/],
  ['a unit that does not start', 'Failed to start transient service unit: Access denied', /journalctl/],
  ['no cipher in common', 'Unable to negotiate with 192.0.2.7: no matching cipher found.', /Ciphers/],
  ['an old ssh', '/home/me/.ssh/config: line 3: Bad configuration option: x', /IgnoreUnknown/],
  [
    'no flake',
    `error: path '/pis' does not contain a 'flake.nix', searching up\nerror: could not find a flake.nix file`,
    /`flake`/,
  ],
  ['root as a person', 'A user cannot have a users.users.root.uid set below 1000 and set', /Take `isNormalUser` out/],
  ['the same, older', 'Exactly one of users.users.root.isSystemUser and users.users.root.', /Take `isNormalUser` out/],
  [
    'a user of no kind',
    'Exactly one of users.users.pi.isSystemUser and users.users.pi.isNormalUser must be set.',
    /isNormalUser/,
  ],
  ['a damaged database', 'error: querying path in database: database disk image is malformed', /--verify/],
  ['a damaged path', `error: hash mismatch importing path '/nix/store/x'`, /--repair/],
  [
    'a download that failed',
    `error: unable to download 'https://cache.nixos.org/x.narinfo': Couldn't connect to server`,
    /online/,
  ],
];

test.each(failures)('%s has a remedy', (_name, text, remedy) => {
  expect(diagnose(text)).toMatch(remedy);
});

test('every text that is known is tested', () => {
  const tested = new Set(failures.map(([, text]) => findDiagnosis(text)));
  expect(diagnoses.filter((diagnosis) => !tested.has(diagnosis)).map(({ cause }) => cause)).toEqual([]);
});

test('a cause and a remedy are sentences', () => {
  const texts = diagnoses.flatMap(({ cause, remedy }) => [cause, remedy]);
  // Names of programs and quoted commands keep their small letters.
  const sentence = /^(?:[A-Z`]|systemd|sudo|ssh|nixpkgs).*\.$/;
  expect(texts.filter((text) => !sentence.test(text))).toEqual([]);
});

test.each([
  ['for nothing', ''],
  [
    'for a build that misses a file of a source',
    "cp: cannot stat '/nix/store/y-source/doc/readme': No such file or directory",
  ],
  ["for a file of one's own", "error: path '/home/me/sd-image.nix' does not exist"],
  ['for what is not known', 'error: undefined variable `foo`'],
  ['for a process that is ended in good order', 'Main process exited, code=killed, status=15/TERM'],
  ['for what a program says of passwords', 'Enter a password for the new account'],
  ['for a name that only looks alike', "file 'nixos-hardware' was built"],
])('no remedy is made up %s', (_name, text) => {
  expect(diagnose(text)).toBeUndefined();
});
