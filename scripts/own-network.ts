const SCRIPT = [
  // Names of network namespaces are files, and every machine has its own.
  "mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns",
  "ip link set lo up",
  // Without a network beside its own, a browser takes itself for offline.
  "ip link add wire0 type veth peer name wire1",
  "ip address add 10.218.0.1/30 dev wire0",
  "ip link set wire0 up && ip link set wire1 up",
  'exec "$@"',
].join(" && ");

/**
 * The command that runs another one as on a machine of its own, as far as networks go: its addresses, ports, bridges and
 * packet filter are no other program's, and go when it ends. It reaches nothing outside.
 *
 * Browsers drop what they load when an address of their machine comes or goes, as the bridges of containers do.
 *
 * Needs root on Linux, iproute2 and util-linux.
 */
export function onOwnNetwork(command: readonly string[]): [program: string, ...args: string[]] {
  return ["unshare", "--net", "--mount", "sh", "-c", SCRIPT, "sh", ...command];
}
