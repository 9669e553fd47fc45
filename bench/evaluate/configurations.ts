import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const configuration = (hostName: string, steps: number): string => `{ pkgs, ... }:
let
  weight = builtins.foldl' (sum: n: sum - n) 0 (builtins.genList (n: n) ${String(steps)});
in
{
  imports = [ <nixos-hardware/raspberry-pi/4> ];
  boot.kernelPackages = pkgs.linuxPackages;
  nixpkgs.hostPlatform = "aarch64-linux";
  fileSystems."/" = {
    device = "/dev/disk/by-label/NIXOS_SD";
    fsType = "ext4";
  };
  networking.hostName = "${hostName}";
  users.users.pi = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
  };
  services.openssh.enable = true;
  environment.systemPackages = builtins.seq weight [ pkgs.neovim ];
  system.stateVersion = "26.05";
}
`;

/**
 * Writes the configurations of some hosts, which nobody has evaluated before; each has a folder of its own.
 *
 * @param steps of a computation in each: with the real nixpkgs an evaluation takes seconds, with the lab's a fifth of one
 * @returns their files, relative to `directory`
 */
export function writeConfigurations(directory: string, count: number, steps = 0): string[] {
  const batch = Date.now().toString(36);
  return Array.from({ length: count }, (_, index) => {
    const name = `host-${batch}-${String(index)}`;
    const file = path.join('hosts', name, 'configuration.nix');
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), configuration(name, steps));
    return file;
  });
}
