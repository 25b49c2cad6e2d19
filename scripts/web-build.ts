import { join } from "node:path";

import { buildIfStale } from "./stale-build.ts";

/** Builds the pages of apps/web unless they are built from just these sources already. */
export function buildWebIfStale(): void {
  buildIfStale({
    name: "the app",
    inputs: [
      "apps/web",
      "packages/protocol",
      "packages/client",
      "packages/react",
      "packages/proxy",
      "packages/control-plane",
    ],
    stamp: join("apps", "web", ".next", "build-stamp"),
    command: [join("node_modules", "next", "dist", "bin", "next"), "build"],
    folder: join("apps", "web"),
    env: { NEXT_TELEMETRY_DISABLED: "1" },
  });
}
