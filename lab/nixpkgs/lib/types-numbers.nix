# Follows nixpkgs lib/types.nix: int, float, number, ints.*, numbers.*, port.
{
  lib,
  simple,
  restricted,
}:
let
  int = simple "int" "signed integer" builtins.isInt;
  float = simple "float" "floating point number" builtins.isFloat;
  number = simple "number" "signed integer or floating point number" (
    x: builtins.isInt x || builtins.isFloat x
  );
  between =
    base: word: low: high:
    assert low <= high;
    restricted base {
      name = "${base.name}Between";
      description = "${word} between ${toString low} and ${toString high} (both inclusive)";
      descriptionClass = "noun";
      check = x: x >= low && x <= high;
    };
  unsignedOf =
    bits: high:
    restricted int {
      name = "unsignedInt${toString bits}";
      description = "${toString bits} bit unsigned integer; between 0 and ${toString high} (both inclusive)";
      descriptionClass = "nonRestrictiveClause";
      check = x: x >= 0 && x <= high;
    };
  signedOf =
    bits: low: high:
    restricted int {
      name = "signedInt${toString bits}";
      description = "${toString bits} bit signed integer; between ${toString low} and ${toString high} (both inclusive)";
      descriptionClass = "nonRestrictiveClause";
      check = x: x >= low && x <= high;
    };
  signs =
    base: word:
    {
      positive = restricted base {
        name = "positive${word.name}";
        description = "positive ${word.text}, meaning >0";
        descriptionClass = "nonRestrictiveClause";
        check = x: x > 0;
      };
      nonnegative = restricted base {
        name = word.nonnegativeName;
        description = "${word.nonnegativeText}, meaning >=0";
        descriptionClass = "nonRestrictiveClause";
        check = x: x >= 0;
      };
    };
  intSigns = signs int {
    name = "Int";
    text = "integer";
    nonnegativeName = "unsignedInt";
    nonnegativeText = "unsigned integer";
  };
  numberSigns = signs number {
    name = "Number";
    text = "integer or floating point number";
    nonnegativeName = "numberNonnegative";
    nonnegativeText = "nonnegative integer or floating point number";
  };
in
{
  inherit int float number;
  ints = {
    between = between int "integer";
    inherit (intSigns) positive;
    unsigned = intSigns.nonnegative;
    u8 = unsignedOf 8 255;
    u16 = unsignedOf 16 65535;
    u32 = unsignedOf 32 4294967295;
    s8 = signedOf 8 (-128) 127;
    s16 = signedOf 16 (-32768) 32767;
    s32 = signedOf 32 (-2147483648) 2147483647;
  };
  numbers = {
    between = between number "integer or floating point number";
    inherit (numberSigns) positive nonnegative;
  };
  port = unsignedOf 16 65535;
}
