# Follows nixos-hardware flake.nix. Left out: every machine that is not a Raspberry Pi.
{
  description = "A miniature of nixos-hardware";

  outputs =
    { self }:
    {
      nixosModules = {
        raspberry-pi-3 = import ./raspberry-pi/3;
        raspberry-pi-4 = import ./raspberry-pi/4;
        raspberry-pi-5 = import ./raspberry-pi/5;
      };
    };
}
