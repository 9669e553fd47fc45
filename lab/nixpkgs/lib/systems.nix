# Platforms: what `hostPlatform` and `buildPlatform` answer.
# Follows nixpkgs lib/systems/default.nix. Left out: every system but Linux on aarch64, armv7l, armv6l, x86_64, i686 and
# riscv64; toolchains, emulators' options, kernel make flags.
{ lib }:
let
  cpus = {
    aarch64 = {
      bits = 64;
      family = "arm";
      linuxArch = "arm64";
      is = "isAarch64";
    };
    armv7l = {
      bits = 32;
      family = "arm";
      linuxArch = "arm";
      is = "isAarch32";
    };
    armv6l = {
      bits = 32;
      family = "arm";
      linuxArch = "arm";
      is = "isAarch32";
    };
    x86_64 = {
      bits = 64;
      family = "x86";
      linuxArch = "x86_64";
      is = "isx86_64";
    };
    i686 = {
      bits = 32;
      family = "x86";
      linuxArch = "i386";
      is = "isx86_32";
    };
    riscv64 = {
      bits = 64;
      family = "riscv";
      linuxArch = "riscv";
      is = "isRiscV64";
    };
  };
  isFlags = {
    isAarch64 = false;
    isAarch32 = false;
    isx86_64 = false;
    isx86_32 = false;
    isRiscV64 = false;
  };
  abiOf = cpu: if cpu == "armv7l" || cpu == "armv6l" then "gnueabihf" else "gnu";

  # "aarch64-linux" and "aarch64-unknown-linux-gnu" both name a system.
  parse =
    text:
    let
      parts = lib.splitString "-" text;
      cpuName = lib.head parts;
      cpu = cpus.${cpuName} or (throw "Unknown CPU type: ${cpuName}");
      kernel = if lib.elem "linux" parts then "linux" else throw "Unknown kernel: ${lib.last parts}";
    in
    {
      system = "${cpuName}-${kernel}";
      config = "${cpuName}-unknown-linux-${abiOf cpuName}";
      inherit cpuName cpu;
    };
in
rec {
  elaborate =
    given:
    let
      args = if builtins.isString given then { system = given; } else given;
      parsed = parse (args.system or args.config);
      self = isFlags // {
        inherit (parsed) system config;
        parsed = {
          cpu = {
            name = parsed.cpuName;
            inherit (parsed.cpu) bits family;
          };
          kernel.name = "linux";
          abi.name = abiOf parsed.cpuName;
          vendor.name = "unknown";
        };
        ${parsed.cpu.is} = true;
        isx86 = parsed.cpu.family == "x86";
        isAarch = parsed.cpu.family == "arm";
        isArm = parsed.cpu.family == "arm";
        is64bit = parsed.cpu.bits == 64;
        is32bit = parsed.cpu.bits == 32;
        isRiscV = parsed.cpu.family == "riscv";
        isLinux = true;
        isUnix = true;
        isGnu = true;
        isDarwin = false;
        isWindows = false;
        isMusl = false;
        isStatic = false;
        isLittleEndian = true;
        isBigEndian = false;
        isEfi = parsed.cpu.family != "arm" || parsed.cpu.bits == 64;
        libc = "glibc";
        linuxArch = parsed.cpu.linuxArch;
        uname = {
          system = "Linux";
          processor = parsed.cpuName;
          release = null;
        };
        linux-kernel = {
          name = parsed.cpuName;
          target = if parsed.cpu.linuxArch == "arm64" then "Image" else "bzImage";
          DTB = parsed.cpu.family == "arm";
          autoModules = true;
          preferBuiltin = false;
        };
        gcc = { };
        rustc = { };
        extensions = {
          executable = "";
          sharedLibrary = ".so";
          staticLibrary = ".a";
          library = ".so";
        };
        canExecute =
          other: other.isLinux && self.parsed.cpu.family == other.parsed.cpu.family && self.parsed.cpu.bits >= other.parsed.cpu.bits;
        emulatorAvailable = _: true;
        emulator = pkgs: "${pkgs.qemu-user or pkgs.busybox}/bin/qemu-${parsed.cpuName}";
      };
    in
    self // removeAttrs args [ "system" "config" ];

  equals = a: b: a.system == b.system && a.config == b.config;
  systemEquals = equals;
  toLosslessStringMaybe = platform: platform.system or null;
  examples = lib.mapAttrs (_: config: { inherit config; }) {
    aarch64-multiplatform = "aarch64-unknown-linux-gnu";
    raspberryPi = "armv6l-unknown-linux-gnueabihf";
    gnu64 = "x86_64-unknown-linux-gnu";
  };
  doubles = rec {
    all = map (cpu: "${cpu}-linux") (lib.attrNames cpus);
    linux = all;
    unix = all;
    gnu = all;
    darwin = [ ];
    windows = [ ];
    aarch64 = [ "aarch64-linux" ];
    arm = [
      "armv6l-linux"
      "armv7l-linux"
    ];
    x86 = [
      "i686-linux"
      "x86_64-linux"
    ];
    x86_64 = [ "x86_64-linux" ];
    none = [ ];
  };
  flakeExposed = [
    "x86_64-linux"
    "aarch64-linux"
    "armv7l-linux"
    "armv6l-linux"
    "i686-linux"
    "riscv64-linux"
  ];
  supported = { hydra = flakeExposed; };
}
