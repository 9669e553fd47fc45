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

# A link at $out$1 becomes a directory with links to what the link's target contains.
open_directory() {
  if [ -L "$out$1" ]; then
    first=$(readlink "$out$1")
    rm "$out$1"
    mkdir "$out$1"
    for inner in "$first"/* "$first"/.[!.]*; do
      if [ -e "$inner" ] || [ -L "$inner" ]; then ln -s "$inner" "$out$1/${inner##*/}"; fi
    done
  elif [ ! -d "$out$1" ]; then
    mkdir "$out$1"
  fi
}

# Links the entry $2 of a package, named $1 below $out.
link_entry() {
  if [ "$1" = /nix-support ] || [ "$1" = /propagated-build-inputs ]; then return 0; fi
  if [ ! -e "$out$1" ] && [ ! -L "$out$1" ] && wholly_wanted "$1"; then
    ln -s "$2" "$out$1"
  elif [ -d "$2" ]; then
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

link_tree() {
  # The positional parameters are what a POSIX function has of its own.
  for entry in "$2"/* "$2"/.[!.]*; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then
      if wanted "$1/${entry##*/}"; then link_entry "$1/${entry##*/}" "$entry"; fi
    fi
  done
}

mkdir -p "$out"
for package in $(cat "$pathsPath"); do
  if [ -d "$package" ]; then link_tree "" "$package"; fi
done
