#!/bin/busybox sh
# Process 1 of a guest with systemd, for its first instant: adds the conductor as a service (unless it runs already, by
# devices-first.sh), leaves out what only a person or a lasting system would miss, and becomes systemd.
alias b=/bin/busybox
units=/etc/systemd/system
b mkdir -p "$units/multi-user.target.wants"
if [ "$1" = conducted ]; then
	b rm -f "$units/multi-user.target.wants/wanherd-conductor.service"
else
	b cp /wanherd/test/bus/guest/wanherd-conductor.service "$units/"
	b ln -sf "$units/wanherd-conductor.service" "$units/multi-user.target.wants/"
fi
b ln -sf /usr/lib/systemd/system/multi-user.target "$units/default.target"
for unit in getty.target timers.target serial-getty@ttyS0.service systemd-firstboot.service; do
	b ln -sf /dev/null "$units/$unit"
done
echo guest >/etc/hostname
# Says that /etc and /var match /usr: else systemd rebuilds caches as after an update.
b touch /etc/.updated /var/.updated
# Not from /proc: it may not be mounted yet. Any fixed value will do for a system that lasts for one run.
echo 77616e68657264206775657374203031 >/etc/machine-id
exec /sbin/init
