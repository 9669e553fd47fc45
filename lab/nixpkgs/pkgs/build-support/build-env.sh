# Links the contents of the packages in $pathsPath below $out: what only one package has is one link, what several have
# becomes a directory. Follows nixpkgs pkgs/build-support/buildenv/builder.pl. Called by build-env.nix.

# Is $1 (a path below a package, beginning with /) within one of the paths to link, or on the way to one?
wanted() {
  for prefix in $pathsToLink; do
    if [ "$prefix" = / ]; then return 0; fi
    case "$1/" in "$prefix"/*) return 0 ;; esac
    case "$prefix/" in "$1"/*) return 0 ;; esac
  done
  return 1
}

# Is everything below $1 to be linked?
wholly_wanted() {
  for prefix in $pathsToLink; do
    if [ "$prefix" = / ]; then return 0; fi
    case "$1/" in "$prefix"/*) return 0 ;; esac
  done
  return 1
}

# Links the existing ones of the files $2… in the directory $1: one call, for each process costs under emulation.
link_into() {
  local directory=$1 candidate
  shift
  for candidate in "$@"; do
    shift
    if [ -e "$candidate" ] || [ -L "$candidate" ]; then set -- "$@" "$candidate"; fi
  done
  if [ $# -gt 0 ]; then ln -s "$@" "$directory/"; fi
}

# A link at $out$1 becomes a directory with links to what the link's target contains.
open_directory() {
  local first
  if [ -L "$out$1" ]; then
    first=$(readlink "$out$1")
    rm "$out$1"
    mkdir "$out$1"
    link_into "$out$1" "$first"/* "$first"/.[!.]*
  elif [ ! -d "$out$1" ]; then
    mkdir "$out$1"
  fi
}

# Merges $2, an entry of a package, with what $out$1 is already, or links as much of it as is wanted.
merge_entry() {
  if [ -d "$2" ]; then
    open_directory "$1"
    link_tree "$1" "$2"
  elif [ -n "$ignoreCollisions" ] || [ "$(readlink -f "$out$1")" = "$(readlink -f "$2")" ] || cmp -s "$out$1" "$2"; then
    :
  else
    echo "error: two given paths contain a conflicting subpath:" >&2
    echo "  \`$(readlink "$out$1")' and" >&2
    echo "  \`$2'" >&2
    echo "hint: this may be caused by two different versions of the same package in buildEnv's \`paths' parameter" >&2
    exit 25
  fi
}

# Links the entries of the directory $2, which is named $1 below $out.
link_tree() {
  local below=$1 entry name
  set -- "$2"/* "$2"/.[!.]*
  for entry in "$@"; do
    shift
    name=$below/${entry##*/}
    if { [ ! -e "$entry" ] && [ ! -L "$entry" ]; } || [ "$name" = /nix-support ] || ! wanted "$name"; then
      continue
    elif [ ! -e "$out$name" ] && [ ! -L "$out$name" ] && wholly_wanted "$name"; then
      set -- "$@" "$entry"
    else
      merge_entry "$name" "$entry"
    fi
  done
  if [ $# -gt 0 ]; then ln -s "$@" "$out$below/"; fi
}

mkdir -p "$out"
for package in $(cat "$pathsPath"); do
  if [ -d "$package" ]; then link_tree "" "$package"; fi
done
