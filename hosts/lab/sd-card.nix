# What the SD card holds when a Pi boots from it for the first time: enough to log in and deploy the real configuration.
{
  nixpkgs.hostPlatform = "aarch64-linux";

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

  # The card's tools for ZFS would import pools of other machines.
  boot.zfs.forceImportRoot = false;

  system.stateVersion = "26.05";
}
