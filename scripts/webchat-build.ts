import { join } from "node:path";

import { buildIfStale } from "./stale-build.ts";

/** Builds the page of apps/webchat into its package unless it is built from just these sources already. */
export function buildWebchatIfStale(): Promise<void> {
  return buildIfStale({
    name: "the web chat's page",
    inputs: ["apps/webchat", "packages/protocol", "packages/client", "packages/react"],
    stamp: join("apps", "webchat", "dist", "build-stamp"),
    command: [join("node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "warn"],
    folder: join("apps", "webchat"),
  });
}

if (import.meta.main) await buildWebchatIfStale();
