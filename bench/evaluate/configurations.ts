import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const configuration = (hostName: string): string => `{ pkgs, ... }:
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
  environment.systemPackages = [ pkgs.neovim ];
  system.stateVersion = "26.05";
}
`;

/**
 * Writes the configurations of some hosts, which nobody has evaluated before; each has a folder of its own.
 *
 * @returns their files, relative to `directory`
 */
export function writeConfigurations(directory: string, count: number): string[] {
  const batch = Date.now().toString(36);
  return Array.from({ length: count }, (_, index) => {
    const name = `host-${batch}-${String(index)}`;
    const file = path.join('hosts', name, 'configuration.nix');
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), configuration(name));
    return file;
  });
}
