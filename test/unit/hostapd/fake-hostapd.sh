#!/bin/sh
# Stands in for hostapd, hostapd_cli, iw and ip, by its name. What hostapd would log when it is told something, hostapd_cli
# appends to its log; the "socket" is a plain file.
folder=$(dirname "$0")/run
case $(basename "$0") in
hostapd)
  trap 'exit 0' TERM
  echo "hostapd: configured" >>"$folder/log"
  : >"$folder/global"
  while :; do sleep 0.02; done
  ;;
hostapd_cli)
  shift 6
  echo "$*" >>"$folder/told"
  case "$*" in
  "raw PING") echo PONG ;;
  "raw RELOG") echo OK ;;
  "raw ADD "*)
    config=${3#*:}
    channel=$(sed -n s/^channel=//p "$config")
    case $channel in
    13)
      echo "Configuration file: lo.conf (phy phy0) --> new PHY" >>"$folder/log"
      echo "Could not select hw_mode and channel. (-3)" >>"$folder/log"
      echo FAIL
      ;;
    12) echo "Could not set interface lo flags (UP): Device or resource busy" >>"$folder/log"; echo FAIL ;;
    11) echo OK ;;
    *) printf 'lo: interface state UNINITIALIZED->ENABLED\nlo: AP-ENABLED \n' >>"$folder/log"; echo OK ;;
    esac
    ;;
  "raw REMOVE lo") printf 'lo: interface state ENABLED->DISABLED\nlo: AP-DISABLED \n' >>"$folder/log"; echo OK ;;
  all_sta) printf '02:00:00:00:04:00\nflags=[AUTHORIZED]\nrx_bytes=1\ntx_bytes=2\nsignal=-40\nconnected_time=3\n' ;;
  esac
  ;;
iw)
  case "$*" in
  *info) printf 'Interface lo\n\ttype %s\n' "$(cat "$folder/type" 2>/dev/null || echo managed)" ;;
  *scan*) echo "$*" >>"$folder/told"; printf 'BSS 02:00:00:00:00:00(on lo)\n\tfreq: 2412\n\tsignal: -30.00 dBm\n' ;;
  esac
  ;;
esac
