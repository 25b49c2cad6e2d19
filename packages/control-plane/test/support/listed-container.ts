import { containerProfile, GATEWAY_PORT } from "../../src/container-profile.ts";
import type { ContainerPolicy } from "../../src/container-profile.ts";
import { LABEL } from "../../src/containers/labels.ts";
import type { InstanceSpec } from "../../src/index.ts";

export interface Listing {
  readonly policy: ContainerPolicy;
  /** Where it is published; null for one that is not. */
  readonly port: number | null;
  /** On its own network. */
  readonly address: string;
}

/** A gateway that runs, as a Docker engine lists it. */
export function listedContainer(spec: InstanceSpec, { policy, port, address }: Listing) {
  const context = { routerAddresses: ["10.213.0.1"], attempt: "0123456789ab" };
  const { name, image, labels, volumes, command, filesDir } = containerProfile(spec, policy, context);
  const id = spec.id.padEnd(64, "0");
  const mounts = [
    ...volumes.map(({ name: volume, path }) => ({ volume, path, RW: true })),
    { volume: `${name}-files`, path: filesDir, RW: false },
  ];
  return {
    Id: id,
    Names: [`/${name}`],
    Image: image,
    ImageID: `sha256:${id}`,
    Command: command.join(" "),
    Created: 1_800_000_000,
    Ports:
      port === null ? [] : [{ IP: "127.0.0.1", PrivatePort: GATEWAY_PORT, PublicPort: port, Type: "tcp" }],
    Labels: { ...labels, ...(port === null ? {} : { [LABEL.port]: String(port) }) },
    State: "running",
    Status: "Up 3 hours (healthy)",
    HostConfig: { NetworkMode: name },
    NetworkSettings: {
      Networks: {
        [name]: {
          IPAMConfig: null,
          Links: null,
          Aliases: null,
          MacAddress: "02:42:0a:d5:00:02",
          DriverOpts: null,
          NetworkID: id,
          EndpointID: id,
          Gateway: "10.213.0.1",
          IPAddress: address,
          IPPrefixLen: 28,
          IPv6Gateway: "",
          GlobalIPv6Address: "",
          GlobalIPv6PrefixLen: 0,
        },
      },
    },
    Mounts: mounts.map(({ volume, path, RW }) => ({
      Type: "volume",
      Name: volume,
      Source: `/var/lib/docker/volumes/${volume}/_data`,
      Destination: path,
      Driver: "local",
      Mode: "z",
      RW,
      Propagation: "",
    })),
  };
}
