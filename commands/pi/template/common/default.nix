# What all Pis of this checkout share, on the card and afterwards. A change here is a pending deployment of each of them.
{
  nixpkgs.hostPlatform = "aarch64-linux";

  # Each Pi answers to its name in .local.
  services.avahi.enable = true;
  services.avahi.publish.enable = true;
  services.avahi.publish.addresses = true;

  users.users."@user@" = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keyFiles = [ ./authorized_keys ];
  };
  security.sudo.wheelNeedsPassword = false;
  nix.settings.trusted-users = [ "@user@" ];

  services.openssh.enable = true;
  # Only the host key that was made when the card was written: an RSA key takes a Pi long to make, and a program that asks
  # for it first would find a key that is not the recorded one.
  services.openssh.hostKeys = [
    {
      type = "ed25519";
      path = "/etc/ssh/ssh_host_ed25519_key";
    }
  ];

  # Wi-Fi; its name and password are the stack's config wifiName and wifiPassword.
  # hardware.enableRedistributableFirmware = true;
  # networking.networkmanager.enable = true;
}
