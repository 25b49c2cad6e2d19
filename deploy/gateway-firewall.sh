#!/bin/sh
# Keeps agents away from the host that they run on, from the networks behind it and from a cloud's metadata: with
# GATEWAY_EGRESS=open they may speak to the internet and to the app's model relay, and to nothing else. Run it as root on
# the host of the gateways, after Docker's start; it may be run again at any time.
#   sh deploy/gateway-firewall.sh [ADDRESS[/BITS][:PORT]] ...
# lets them reach this as well, such as a model server or another node's model relay. Without a port it is all of them.
# GATEWAY_NETWORKS and MODEL_RELAY_PORT as the app has them; default 10.213.0.0/16 and 3003.
set -eu
pool=${GATEWAY_NETWORKS:-10.213.0.0/16}
to_host=AUTOMNA-TO-HOST
to_others=AUTOMNA-TO-OTHERS

rules() { # of a chain: answers to what the router asked for, then what is allowed
  echo ":$1 - [0:0]"
  echo "-A $1 -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"
  chain=$1
  shift
  # Docker asks the host's name servers on behalf of a container, from the container's own network.
  for server in $(sed -n 's/^nameserver \([0-9.]*\)$/\1/p' /etc/resolv.conf); do
    echo "-A $chain -d $server -p udp --dport 53 -j RETURN"
    echo "-A $chain -d $server -p tcp --dport 53 -j RETURN"
  done
  for place in "$@"; do
    case $place in
      *:*) echo "-A $chain -d ${place%:*} -p tcp --dport ${place##*:} -j RETURN" ;;
      *) echo "-A $chain -d $place -j RETURN" ;;
    esac
  done
}

# All at once or not at all: with a mistake in an address the rules stay as they were.
{
  echo '*filter'
  rules "$to_host" "$@"
  echo "-A $to_host -p tcp --dport ${MODEL_RELAY_PORT:-3003} -j RETURN"
  echo "-A $to_host -j DROP"
  rules "$to_others" "$@"
  for network in 0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16; do
    echo "-A $to_others -d $network -j DROP"
  done
  echo COMMIT
} | iptables-restore --noflush

iptables -C INPUT -s "$pool" -j "$to_host" 2>/dev/null || iptables -I INPUT -s "$pool" -j "$to_host"
iptables -C DOCKER-USER -s "$pool" -j "$to_others" 2>/dev/null ||
  iptables -I DOCKER-USER -s "$pool" -j "$to_others"
