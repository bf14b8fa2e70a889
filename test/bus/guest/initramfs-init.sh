#!/bin/busybox sh
# The first program of the guest: its root is the squashfs under an overlay (a tmpfs, or a disk), the project lies at /wanherd.
# The kernel's command line says what comes next: wanherd.init=PATH, a program in the new root.
alias b=/bin/busybox
b mount -t devtmpfs dev /dev
b mount -t proc proc /proc
# The host waits for this line when it tries whether an accelerator works at all.
echo "wanherd-guest: initramfs reached"

load() {
	while read -r module; do
		b insmod "/modules/$module" || echo "wanherd-guest: $module does not load"
	done <"/modules/$1"
}
load order

b mkdir -p /layers
# What a guest with a disk of its own writes is still there at its next boot.
if [ -b /dev/vdb ]; then
	load disk-order
	b mount -t ext4 /dev/vdb /layers
else
	b mount -t tmpfs -o mode=755 layers /layers
fi
b mkdir -p /layers/lower /layers/upper /layers/work
b mount -t squashfs -o ro /dev/vda /layers/lower
b mount -t overlay -o lowerdir=/layers/lower,upperdir=/layers/upper,workdir=/layers/work overlay /new

share="trans=virtio,version=9p2000.L,ro,msize=512000"
b mkdir -p /new/wanherd
b mount -t 9p -o "$share" project /new/wanherd

for word in $(b cat /proc/cmdline); do
	case "$word" in
	wanherd.init=*) init="${word#*=}" ;;
	# node_modules may be a link to a folder outside of the project: then it is a share of its own.
	wanherd.modules=1) b mount -t 9p -o "$share" modules /new/wanherd/node_modules ;;
	esac
done
b umount /proc
b mount --move /dev /new/dev
exec /bin/busybox switch_root /new "$init"
