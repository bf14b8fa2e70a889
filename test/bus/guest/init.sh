#!/bin/sh
# Process 1 of a guest without systemd: what the tests need of a booted system, and nothing more.
# Reads from the project's folder, so a change here needs no new image.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sys /sys
mount -t tmpfs -o nosuid,nodev,mode=755 run /run
mount -t tmpfs -o nosuid,nodev,mode=1777 tmp /tmp
mkdir -p /dev/pts /dev/shm /run/lock /run/netns
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 shm /dev/shm
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
hostname guest
ip link set lo up

/usr/lib/systemd/systemd-udevd --daemon
(
	udevadm trigger --type=subsystems --action=add
	udevadm trigger --type=devices --action=add
) &
# Reading the control port blocks one thread of node's pool for good; files and names need the others.
UV_THREADPOOL_SIZE=8 node /wanherd/dist/conductor.js
echo "wanherd-guest: the conductor ended with $?"

# Its end is the guest's end; QEMU's, too, as it runs with -no-reboot.
echo o >/proc/sysrq-trigger
while :; do sleep 1; done
