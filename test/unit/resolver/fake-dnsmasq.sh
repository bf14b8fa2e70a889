#!/bin/sh
# Stands in for dnsmasq: writes its pid file, says that it has started, and tells what it is asked to read anew.
for argument; do
  case $argument in
    --conf-file=*) config=${argument#*=} ;;
    --pid-file=*) pid=${argument#*=} ;;
  esac
done
servers=$(sed -n s/^servers-file=//p "$config")
trap 'echo "dnsmasq: read $(cat "$servers")" >&2' HUP
trap 'exit 0' TERM
grep -q '^interface=crash$' "$config" && { echo "dnsmasq: bad option" >&2; exit 1; }
grep -q '^interface=taken$' "$config" && { echo >&2; echo "dnsmasq: Address already in use" >&2; exit 2; }
echo $$ >"$pid"
echo "dnsmasq: started, version 2.91 cachesize 1000" >&2
while :; do sleep 0.02; done
