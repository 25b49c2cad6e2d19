import { GATEWAY_PORT } from "../../container-profile.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the engine says of how a running container is reached. */
export interface Exposure {
  /** Where its port is published now. */
  readonly published: Address | null;
  /** Whether it is meant to be. */
  readonly isPublished: boolean;
  readonly networks: Readonly<Record<string, { readonly IPAddress: string }>>;
}

/** Published on loopback, or else its own address on the bridge, which this host reaches; `null` while it has none. */
export function addressOf({ published, isPublished, networks }: Exposure): Address | null {
  if (published !== null || isPublished) return published;
  const own = Object.values(networks).find(({ IPAddress }) => IPAddress !== "");
  return own === undefined ? null : { host: own.IPAddress, port: GATEWAY_PORT };
}
