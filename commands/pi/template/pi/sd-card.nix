# What the SD card holds when @name@ boots from it for the first time: enough to log in and deploy its real configuration.
{
  imports = [ ../common ];

  networking.hostName = "@name@";

  # The card's tools for ZFS would import pools of other machines.
  boot.zfs.forceImportRoot = false;

  system.stateVersion = "26.05";
}
