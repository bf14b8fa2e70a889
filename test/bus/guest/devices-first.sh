#!/bin/busybox sh
# Process 1 of a guest with systemd whose devices are in their ports before it boots: the emulated world comes first, and
# systemd follows when the host says that all is plugged in. So the kernel knows the devices before udev runs, none of
# their drivers is loaded, and only udev's coldplug tells of them.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
alias b=/bin/busybox
# systemd keeps what is mounted.
b mount -t proc -o nosuid,nodev,noexec proc /proc
b mount -t sysfs -o nosuid,nodev,noexec sys /sys
b mount -t tmpfs -o nosuid,nodev,mode=755 run /run
b mkdir -p /dev/pts /dev/shm /run/netns /run/modprobe.d
b mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
b mount -t tmpfs -o nosuid,nodev,mode=1777 shm /dev/shm
b ip link set lo up
# As in devices/handlers.ts, where it is the conductor that loads the drivers.
echo "options rt2500usb nohwcrypt=1" >/run/modprobe.d/wanherd-guest.conf

b mkfifo /run/wanherd-devices-plugged
(
	HOME=/root LANG=C.UTF-8 UV_THREADPOOL_SIZE=8 node /wanherd/dist/conductor.js
	echo "wanherd-guest: the conductor ended with $?"
	# Its end is the guest's end.
	echo o >/proc/sysrq-trigger
) &
read -r _ </run/wanherd-devices-plugged
b rm /run/wanherd-devices-plugged
# No timeout of systemd's holds for the conductor: it is a child of process 1, and of no unit.
exec /bin/busybox sh /wanherd/test/bus/guest/systemd-init.sh conducted
