# What the Pi runs. Edit it, look at `pulumi preview`, then `pulumi up`.
{ pkgs, ... }:
{
  imports = [
    <nixos-hardware/raspberry-pi/4>
    ./hardware-configuration.nix
  ];

  # The board's module asks for the vendor's kernel, which is compiled for hours.
  boot.kernelPackages = pkgs.linuxPackages;

  networking.hostName = "lab";

  users.users.pi = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [ (builtins.readFile ./id_ed25519.pub) ];
  };
  security.sudo.wheelNeedsPassword = false;
  nix.settings.trusted-users = [ "pi" ];

  services.openssh.enable = true;
  # Only the host key that was made when the card was written: an RSA key takes a Pi long to make, and a program that asks
  # for it first would find a key that is not the recorded one.
  services.openssh.hostKeys = [
    {
      type = "ed25519";
      path = "/etc/ssh/ssh_host_ed25519_key";
    }
  ];

  environment.systemPackages = [ pkgs.neovim ];

  system.stateVersion = "26.05";
}
