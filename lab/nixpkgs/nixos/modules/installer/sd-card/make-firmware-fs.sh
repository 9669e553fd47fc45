# make-firmware-fs DIRECTORY IMAGE BYTES ID LABEL: a FAT file system with the files of DIRECTORY.
# mtools writes it, as the kernel here may have no FAT. The same files give the same image.
set -eu

directory=$1
image=$2
truncate -s "$3" "$image"
/usr/sbin/mkfs.vfat --invariant -i "$4" -n "$5" "$image"
/usr/bin/find "$directory" -exec /usr/bin/touch -d @946684800 {} +
(cd "$directory" && find . -mindepth 1 -type d | sort) | while read -r name; do
  mmd -i "$image" "::/$name"
done
(cd "$directory" && find . -type f | sort) | while read -r name; do
  mcopy -pm -i "$image" "$directory/$name" "::/$name"
done
