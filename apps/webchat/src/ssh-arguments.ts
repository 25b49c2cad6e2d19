import type { RemoteConfig } from "./config.ts";

type Target = Pick<RemoteConfig, "target" | "sshConfig">;

function common({ sshConfig }: Target): string[] {
  return sshConfig === null ? [] : ["-F", sshConfig];
}

/** Quotes a word for the shell over there. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Reads the discovery file over there: who may read it may use the web chat. */
export function discoveryArguments(remote: Target & Pick<RemoteConfig, "remoteDiscoveryFile">): string[] {
  const { target, remoteDiscoveryFile } = remote;
  const file = remoteDiscoveryFile === null ? '"$HOME"/.automna/webchat.json' : quoted(remoteDiscoveryFile);
  return [...common(remote), "-T", "--", target, `cat ${file}`];
}

/** Forwards a port of this machine's loopback to one over there, and ends when it cannot. */
export function tunnelArguments(remote: Target, localPort: number, remotePort: number): string[] {
  return [
    ...common(remote),
    "-N",
    "-T",
    // A connection of its own: one that is shared would go on forwarding after this one ended.
    "-S",
    "none",
    "-o",
    "ExitOnForwardFailure=yes",
    "-o",
    "ServerAliveInterval=15",
    "-o",
    "ServerAliveCountMax=3",
    "-L",
    `127.0.0.1:${localPort}:127.0.0.1:${remotePort}`,
    "--",
    remote.target,
  ];
}
