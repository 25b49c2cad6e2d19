import { join } from "node:path";
import { type GatewayProgram, parseGatewayCommand, resolveGateway } from "@automna/control-plane";
import type { GatewayChoice } from "../config.ts";

/** The gateway that was asked for is not on this machine. */
class GatewayMissingError extends Error {
  override readonly name = "GatewayMissingError";
  readonly code = "gateway-missing";
}

export interface GatewaySearch {
  readonly dataDir: string;
  /** The value of `PATH`. */
  readonly searchPath: string;
  /** Told why an installed gateway was passed over. */
  readonly onUnusable?: (reason: string) => void;
}

const DEMO: GatewayProgram = {
  kind: "demo",
  product: "demo",
  script: join(import.meta.dirname, "demo-gateway-process.ts"),
};

const REAL = ["openclaw", "clawdbot"] as const;

/** Where `npm start -- --gateway NAME` installs a gateway. */
export const installDir = (dataDir: string, product: (typeof REAL)[number]) =>
  join(dataDir, "gateways", product);

/** The program behind every gateway of this app. */
export async function chooseGatewayProgram(
  choice: GatewayChoice,
  search: GatewaySearch,
): Promise<GatewayProgram> {
  const { product, command } = choice;
  if (command !== null) return parseGatewayCommand(command, product === "auto" ? undefined : product);
  if (product === "demo") return DEMO;
  for (const name of product === "auto" ? REAL : [product]) {
    const { dataDir, searchPath } = search;
    const resolution = await resolveGateway(name, { installDirs: [installDir(dataDir, name)], searchPath });
    if (resolution.status === "found") return resolution.program;
    if (resolution.status === "unusable") search.onUnusable?.(resolution.reason);
  }
  if (product === "auto") return DEMO;
  throw new GatewayMissingError(
    `${product} is not installed. Run \`npm start -- --gateway ${product}\`, which installs it, or name a command in GATEWAY_COMMAND.`,
  );
}
