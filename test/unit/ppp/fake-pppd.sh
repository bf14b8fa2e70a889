#!/bin/sh
# Stands in for pppd: behaves as its `user` argument says, and uses descriptors 3, 4 and 5 as the real one does.
while [ "$1" != user ]; do shift; done
behaviour=$2
password=$(cat <&5)
connect() {
  echo ready >&3
  read -r go <&4 || { echo "Connect script failed" >&2; exit 8; }
  echo "Connect: wan1-1_3 <--> /dev/null" >&2
}
case $behaviour in
  online)
    trap 'echo "Terminating on signal 15" >&2; exit 5' TERM
    connect
    printf 'local  IP address 10.64.0.2\nremote IP address 10.64.0.1\n' >&2
    printf 'primary   DNS address 10.0.0.1\nsecondary DNS address 10.0.0.2\n' >&2
    while :; do sleep 0.02; done ;;
  nodns)
    connect
    echo "local  IP address 10.64.0.2" >&2
    sleep 0.2
    exit 16 ;;
  refused)
    connect
    [ "$password" = right ] || echo "PAP authentication failed" >&2
    exit 19 ;;
  stubborn)
    trap '' TERM
    sleep 60 &
    echo "$!" >&2
    wait ;;
  echoing)
    connect
    echo 'sent [CHAP Response id=0xd5 <48eda5f63b005f2010b0ef0bbb67676d>, name = "caller"]' >&2
    for id in 0x0 0x1 0x2; do
      printf 'sent [LCP EchoReq id=%s magic=0x28b59d97]\n' $id >&2
      printf 'rcvd [LCP EchoRep id=%s magic=0x52f19132]\n' $id >&2
    done
    while :; do sleep 0.02; done ;;
  talkative)
    i=0
    while [ $i -lt 100 ]; do echo "line $i" >&2; i=$((i + 1)); done
    exit 1 ;;
esac
