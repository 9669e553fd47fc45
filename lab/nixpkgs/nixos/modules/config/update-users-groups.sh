#!/usr/bin/env bash
# update-users-groups USERS GROUPS MUTABLE: writes /etc/passwd, /etc/group and /etc/shadow.
# Follows nixos/modules/config/update-users-groups.pl: numbers stay what they were (files, then /var/lib/nixos), people
# count up from 1000, system accounts down from 999; with MUTABLE=true what was made or changed by hand is kept.
# Leaves out: subordinate ids, /etc/gshadow, nscd.
#
# USERS has lines of tab-separated fields: name uid|- group home homeMode createHome shell normal|system password
# description, where password is hash:…, clear:…, file:… or none:. GROUPS: name gid|- member,…|-.
set -euo pipefail

users_spec=$1
groups_spec=$2
mutable=$3
state=/var/lib/nixos
umask 0022
mkdir -p "$state"

declare -A uid_of=() gid_of=() uid_used=() gid_used=() was_declared=() passwd_line=() shadow_line=() group_line=()

remember_ids() {
  local name id
  while IFS=: read -r name id; do uid_of[$name]=$id; uid_used[$id]=$name; done < <(cat "$state/uid-map.tsv" 2> /dev/null || true)
  while IFS=: read -r name id; do gid_of[$name]=$id; gid_used[$id]=$name; done < <(cat "$state/gid-map.tsv" 2> /dev/null || true)
}

read_existing() {
  local line name id
  while IFS= read -r line; do
    IFS=: read -r name _ id _ <<< "$line"
    passwd_line[$name]=$line
    uid_of[$name]=$id
    uid_used[$id]=$name
  done < <(cat /etc/passwd 2> /dev/null || true)
  while IFS= read -r line; do
    IFS=: read -r name _ id _ <<< "$line"
    group_line[$name]=$line
    gid_of[$name]=$id
    gid_used[$id]=$name
  done < <(cat /etc/group 2> /dev/null || true)
  while IFS= read -r line; do
    shadow_line[${line%%:*}]=$line
  done < <(cat /etc/shadow 2> /dev/null || true)
  while IFS= read -r name; do was_declared[$name]=1; done < <(cat "$state/declarative-"{users,groups} 2> /dev/null || true)
}

# free_id TABLE normal|system: the next number that nobody has or had; in $id.
free_id() {
  local -n used=$1
  if [ "$2" = normal ]; then
    id=1000
    while [ -n "${used[$id]:-}" ]; do id=$((id + 1)); done
  else
    id=999
    while [ -n "${used[$id]:-}" ]; do id=$((id - 1)); done
  fi
}

# The ids that the configuration names are taken before any is chosen.
claim_ids() {
  local name id rest
  while IFS=$'\t' read -r name id rest; do
    [ "$id" = - ] || { gid_of[$name]=$id; gid_used[$id]=$name; }
  done < "$groups_spec"
  while IFS=$'\t' read -r name id rest; do
    [ "$id" = - ] || { uid_of[$name]=$id; uid_used[$id]=$name; }
  done < "$users_spec"
}

# unite_members A B: those on either list, sorted; in $members.
unite_members() {
  members=${1:-$2}
  if [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; then
    members=$(printf '%s,%s' "$1" "$2" | tr , '\n' | sort -u | paste -sd,)
  fi
}

write_groups() {
  local name spec_id members existing id declared=()
  local -A new=()
  while IFS=$'\t' read -r name spec_id members; do
    if [ -z "${gid_of[$name]:-}" ]; then
      free_id gid_used system
      gid_of[$name]=$id
      gid_used[$id]=$name
    fi
    [ "$members" = - ] && members=
    if [ "$mutable" = true ]; then
      existing=${group_line[$name]:-}
      unite_members "$members" "${existing##*:}"
    fi
    new[$name]="$name:x:${gid_of[$name]}:$members"
    declared+=("$name")
  done < "$groups_spec"
  keep_undeclared group_line new
  printf '%s\n' "${new[@]}" | sort -t: -k3,3n > /etc/group.tmp
  mv -f /etc/group.tmp /etc/group
  printf '%s\n' "${declared[@]}" | sort > "$state/declarative-groups"
}

# What was made by hand stays, unless accounts are the configuration's alone.
keep_undeclared() {
  local -n existing=$1 wanted=$2
  local name
  [ "$mutable" = true ] || return 0
  for name in "${!existing[@]}"; do
    if [ -z "${wanted[$name]:-}" ] && [ -z "${was_declared[$name]:-}" ]; then wanted[$name]=${existing[$name]}; fi
  done
}

hash_in_file() {
  if [ -e "$1" ]; then
    head -n 1 "$1" | tr -d '\n'
  else
    echo "warning: password file ‘$1’ does not exist" >&2
    printf '!'
  fi
}

hash_of() {
  case $1 in
    hash:*) printf %s "${1#hash:}" ;;
    clear:*) printf %s "${1#clear:}" | openssl passwd -6 -stdin ;;
    file:*) hash_in_file "${1#file:}" ;;
    *) printf '!' ;;
  esac
}

# shadow_entry NAME PASSWORD: the line of /etc/shadow; in $entry.
shadow_entry() {
  local name=$1 password=$2
  if [ -n "${shadow_line[$name]:-}" ] && { [ "$mutable" = true ] || [ "$password" = none: ]; }; then
    entry=${shadow_line[$name]}
  else
    entry="$name:$(hash_of "$password"):1::::::"
  fi
}

make_home() {
  local name=$1 home=$2 mode=$3 group=$4
  [ -e "$home" ] || mkdir -p -m 0755 "$(dirname "$home")"
  mkdir -p "$home"
  chown "${uid_of[$name]}:${gid_of[$group]}" "$home"
  chmod "$mode" "$home"
}

write_users() {
  local name spec_id group home mode create shell kind password description id entry declared=()
  local -A new=() shadow=()
  while IFS=$'\t' read -r name spec_id group home mode create shell kind password description; do
    if [ -z "${uid_of[$name]:-}" ]; then
      free_id uid_used "$kind"
      uid_of[$name]=$id
      uid_used[$id]=$name
    fi
    if [ -z "${gid_of[$group]:-}" ]; then
      echo "warning: user ‘$name’ has unknown group ‘$group’" >&2
      gid_of[$group]=65534
    fi
    new[$name]="$name:x:${uid_of[$name]}:${gid_of[$group]}:$description:$home:$shell"
    shadow_entry "$name" "$password"
    shadow[$name]=$entry
    declared+=("$name")
    if [ "$create" = true ]; then make_home "$name" "$home" "$mode" "$group"; fi
  done < "$users_spec"
  keep_undeclared passwd_line new
  for name in "${!new[@]}"; do
    [ -n "${shadow[$name]:-}" ] || shadow[$name]=${shadow_line[$name]:-$name:!:1::::::}
  done
  printf '%s\n' "${new[@]}" | sort -t: -k3,3n > /etc/passwd.tmp
  (umask 0027 && printf '%s\n' "${shadow[@]}" | sort > /etc/shadow.tmp)
  chown "0:${gid_of[shadow]:-0}" /etc/shadow.tmp
  chmod 0640 /etc/shadow.tmp
  mv -f /etc/passwd.tmp /etc/passwd
  mv -f /etc/shadow.tmp /etc/shadow
  printf '%s\n' "${declared[@]}" | sort > "$state/declarative-users"
}

save_ids() {
  local name
  for name in "${!uid_of[@]}"; do printf '%s:%s\n' "$name" "${uid_of[$name]}"; done | sort > "$state/uid-map.tsv"
  for name in "${!gid_of[@]}"; do printf '%s:%s\n' "$name" "${gid_of[$name]}"; done | sort > "$state/gid-map.tsv"
}

remember_ids
read_existing
claim_ids
write_groups
write_users
save_ids
