import type { Instance } from "../../api/instance.ts";

export type Command = "wake" | "stop" | "restart" | "upgrade" | "rotate";

/** What makes sense to ask of an agent in this state. */
export function commandsFor({ state, desired }: Pick<Instance, "state" | "desired">): Command[] {
  switch (state) {
    case "ready":
      return ["stop", "restart", "upgrade", "rotate"];
    case "provisioning":
      return desired === "stopped" ? ["wake"] : ["stop", "restart"];
    case "stopped":
      return ["wake", "rotate"];
    case "failed":
      return ["wake", "restart", "stop", "upgrade"];
    case "deleted":
      return [];
  }
}
