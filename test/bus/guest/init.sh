#!/bin/busybox sh
# Process 1 of a guest without systemd: what the tests need of a booted system, and nothing more. Lies in the project's
# folder, so a change here needs no new image. By busybox: every program that an emulated processor starts costs 50 ms.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
alias b=/bin/busybox
b mount -t proc -o nosuid,nodev,noexec proc /proc
b mount -t sysfs -o nosuid,nodev,noexec sys /sys
b mount -t tmpfs -o nosuid,nodev,mode=755 run /run
b mount -t tmpfs -o nosuid,nodev,mode=1777 tmp /tmp
b mkdir -p /dev/pts /dev/shm /run/lock /run/netns
b mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
b mount -t tmpfs -o nosuid,nodev,mode=1777 shm /dev/shm
b mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
# On a booted system these exist before their modules are loaded: opening them loads those.
b mkdir -p /dev/net
b mknod -m 600 /dev/ppp c 108 0
b mknod -m 666 /dev/net/tun c 10 200
b hostname guest
b ip link set lo up

/usr/lib/systemd/systemd-udevd --daemon
# Only what tests look at: the platform's own devices would load thirty drivers that nothing here needs.
udevadm trigger --action=add --subsystem-match=net --subsystem-match=block --subsystem-match=misc &
# Reading the control port blocks one thread of node's pool for good; files and names need the others.
UV_THREADPOOL_SIZE=8 node /wanherd/dist/conductor.js
echo "wanherd-guest: the conductor ended with $?"

# Its end is the guest's end; QEMU's, too, as it runs with -no-reboot.
echo o >/proc/sysrq-trigger
while :; do b sleep 1; done
