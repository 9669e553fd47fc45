# Follows nixpkgs lib/licenses.nix: the licences that packages of the miniature and ordinary overlays name.
let
  license = spdxId: free: {
    inherit spdxId free;
    shortName = spdxId;
    fullName = spdxId;
    deprecated = false;
    redistributable = free;
  };
  free = spdxId: license spdxId true;
in
{
  asl20 = free "Apache-2.0";
  bsd2 = free "BSD-2-Clause";
  bsd3 = free "BSD-3-Clause";
  cc0 = free "CC0-1.0";
  gpl2 = free "GPL-2.0";
  gpl2Only = free "GPL-2.0-only";
  gpl2Plus = free "GPL-2.0-or-later";
  gpl3 = free "GPL-3.0";
  gpl3Only = free "GPL-3.0-only";
  gpl3Plus = free "GPL-3.0-or-later";
  isc = free "ISC";
  lgpl21Plus = free "LGPL-2.1-or-later";
  mit = free "MIT";
  mpl20 = free "MPL-2.0";
  psfl = free "Python-2.0";
  unlicense = free "Unlicense";
  vim = free "Vim";
  zlib = free "Zlib";
  free = free "free";
  unfree = license "unfree" false;
  unfreeRedistributable = license "unfreeRedistributable" false // {
    redistributable = true;
  };
  unfreeRedistributableFirmware = license "unfreeRedistributableFirmware" false // {
    redistributable = true;
  };
}
