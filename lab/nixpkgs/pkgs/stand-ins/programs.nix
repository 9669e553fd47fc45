# Stand-ins that answer --version: for each attribute its version, and what differs from the usual (see program.nix).
{
  curl = {
    version = "8.18.0";
    answer = "curl 8.18.0 (aarch64-unknown-linux-gnu) libcurl/8.18.0\nRelease-Date: 2026-01-07";
  };
  dnsutils = {
    pname = "bind";
    version = "9.20.18";
    programs = [ "dig" "host" "nslookup" ];
    answer = "DiG 9.20.18";
  };
  file = {
    version = "5.45";
    answer = "file-5.45";
  };
  fish = {
    version = "4.3.3";
    answer = "fish, version 4.3.3";
    passthru.shellPath = "/bin/fish";
  };
  hello = {
    version = "2.12.2";
    answer = "hello (GNU Hello) 2.12.2";
  };
  i2c-tools = {
    version = "4.4";
    programs = [ "i2cdetect" "i2cget" "i2cset" ];
  };
  iperf3 = {
    pname = "iperf";
    version = "3.20";
    programs = [ "iperf3" ];
    answer = "iperf 3.20 (cJSON 1.7.15)";
  };
  jq = {
    version = "1.8.1";
    answer = "jq-1.8.1";
  };
  libgpiod = {
    version = "2.2.2";
    programs = [ "gpiodetect" "gpioinfo" ];
    answer = "gpiodetect (libgpiod) v2.2.2";
  };
  libraspberrypi = {
    version = "0-unstable-2024-12-23";
    programs = [ "vcgencmd" "dtoverlay" ];
    answer = "version 0-unstable-2024-12-23 (release)";
  };
  nano = {
    version = "8.7";
    answer = "GNU nano, version 8.7";
  };
  neovim = {
    version = "0.11.6";
    programs = [ "nvim" ];
    answer = "NVIM v0.11.6\nBuild type: Release\nLuaJIT 2.1.1741730670\nRun \"nvim -V1 -v\" for more info";
  };
  nginx = {
    version = "1.28.1";
    answer = "nginx version: nginx/1.28.1";
  };
  nodejs = {
    version = "24.13.0";
    programs = [ "node" ];
    answer = "v24.13.0";
  };
  pciutils = {
    version = "3.14.0";
    programs = [ "lspci" ];
    answer = "lspci version 3.14.0";
  };
  podman = {
    version = "5.7.1";
    answer = "podman version 5.7.1";
  };
  python3 = {
    version = "3.13.11";
    programs = [ "python3" "python" ];
    answer = "Python 3.13.11";
  };
  raspberrypi-eeprom = {
    version = "2025.12.08-2712";
    programs = [ "rpi-eeprom-update" "rpi-eeprom-config" ];
    answer = "2025.12.08-2712";
  };
  raspberrypi-utils = {
    version = "0-unstable-2025-12-01";
    programs = [ "vcgencmd" "pinctrl" ];
  };
  ripgrep = {
    version = "15.1.0";
    programs = [ "rg" ];
    answer = "ripgrep 15.1.0";
  };
  rsync = {
    version = "3.4.1";
    answer = "rsync  version 3.4.1  protocol version 32";
  };
  screen = {
    version = "5.0.1";
    answer = "Screen version 5.0.1";
  };
  tailscale = {
    version = "1.92.5";
    programs = [ "tailscale" "tailscaled" ];
    answer = "1.92.5";
  };
  tcpdump = {
    version = "4.99.6";
    answer = "tcpdump version 4.99.6";
  };
  tmux = {
    version = "3.6a";
    answer = "tmux 3.6a";
  };
  tree = {
    version = "2.2.1";
    answer = "tree v2.2.1";
  };
  usbutils = {
    version = "018";
    programs = [ "lsusb" ];
    answer = "lsusb (usbutils) 018";
  };
  vim = {
    version = "9.1.2109";
    programs = [ "vim" "vi" ];
    answer = "VIM - Vi IMproved 9.1 (2024 Jan 02)\nIncluded patches: 1-2109";
  };
  wget = {
    version = "1.25.0";
    answer = "GNU Wget 1.25.0 built on linux-gnu.";
  };
  wirelesstools = {
    version = "30.pre9";
    programs = [ "iwconfig" ];
  };
  wpa_supplicant = {
    version = "2.11";
    programs = [ "wpa_supplicant" "wpa_cli" ];
    answer = "wpa_supplicant v2.11";
  };
  zsh = {
    version = "5.9";
    answer = "zsh 5.9 (aarch64-unknown-linux-gnu)";
    passthru.shellPath = "/bin/zsh";
  };
}
