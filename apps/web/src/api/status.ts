import * as v from "valibot";

/** What anybody may know of this installation. */
export const status = v.pipe(
  v.object({
    status: v.picklist(["ok", "full"]),
    product: v.picklist(["openclaw", "clawdbot", "demo"]),
    driver: v.picklist(["process", "docker", "swarm"]),
    identity: v.picklist(["clerk", "local"]),
  }),
  v.title("Status"),
);
