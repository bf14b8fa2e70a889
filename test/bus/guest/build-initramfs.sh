#!/bin/sh
# Runs inside the freshly installed guest system, as the last step of its making: leaves /boot/guest-kernel and
# /boot/guest-initramfs. Done in there because the matching modules, kmod and busybox are all at hand in there.
set -eu

kernel=$(ls /lib/modules)
tree=$(mktemp -d)
mkdir -p "$tree/bin" "$tree/modules" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/new"
cp /bin/busybox "$tree/bin/busybox"
cp /initramfs-init "$tree/init"
chmod 755 "$tree/init"

# modprobe names each module after the ones that it needs, so this order is the order of loading.
# Unpacked here once, rather than at every boot by an emulated processor.
list() {
	order=$1
	shift
	modprobe --set-version "$kernel" --show-depends --all "$@" |
		busybox awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
		while read -r file; do
			name=$(basename "${file%.xz}")
			busybox xzcat "$file" >"$tree/modules/$name"
			echo "$name" >>"$tree/modules/$order"
		done
}
list order virtio_pci virtio_blk squashfs overlay 9p 9pnet_virtio
# Only for a guest with a disk of its own.
list disk-order ext4

cp "/boot/vmlinuz-$kernel" /boot/guest-kernel
(cd "$tree" && find . | busybox cpio -o -H newc) >/boot/guest-initramfs
rm -rf "$tree" /initramfs-init /build-initramfs "/boot/initrd.img-$kernel"
