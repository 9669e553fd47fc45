# What @name@ runs. Edit it, look at `pulumi preview --stack @name@`, then `pulumi up --stack @name@`.
{ pkgs, ... }:
{
  imports = [
    <nixos-hardware/raspberry-pi/@board@>
    ./hardware-configuration.nix
    ../common
  ];

  # The board's module asks for the vendor's kernel, which is compiled for hours.
  boot.kernelPackages = pkgs.linuxPackages;

  networking.hostName = "@name@";

  environment.systemPackages = [ pkgs.neovim ];

  system.stateVersion = "26.05";
}
