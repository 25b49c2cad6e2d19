import { join } from "node:path";

import { buildIfStale, whileNobodyBuilds } from "./stale-build.ts";

const NAME = "the app";

/** Builds the pages of apps/web unless they are built from just these sources already. */
export function buildWebIfStale(): Promise<void> {
  return buildIfStale({
    name: NAME,
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

/** For work that changes the app's sources for a while: no build reads them meanwhile. */
export function besideWebBuilds<T>(work: () => Promise<T>): Promise<T> {
  return whileNobodyBuilds(NAME, work);
}
