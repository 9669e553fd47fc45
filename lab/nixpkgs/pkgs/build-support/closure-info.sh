# The builder of closure-info.nix: its input is a JSON file, which a shell cannot read.
PATH=/usr/bin:/bin
export PATH
exec perl "$1"
