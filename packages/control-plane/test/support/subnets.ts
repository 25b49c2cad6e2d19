import { execFileSync } from "node:child_process";

import { claim } from "../../src/drivers/process/claims.ts";

/** Networks of this process alone, until it ends. */
export interface ClaimedSubnet {
  /** 0 to 255, for names that must be as unique as the network. At most three characters. */
  readonly number: number;
  /** As a pool for a driver, e.g. `10.217.7.0/24`. */
  readonly pool: string;
  /** The address with this last number in it, e.g. `10.217.7.1`. */
  address(last: number): string;
}

/** The first of 256 networks that no other test of this machine holds and no route of it leads to. */
export async function claimSubnet(): Promise<ClaimedSubnet> {
  for (let number = 0; number < 256; number++) {
    const prefix = `10.217.${number}.`;
    if ((await claim(`subnet-${prefix}`)) === null || routes().includes(` ${prefix}`)) continue;
    return { number, pool: `${prefix}0/24`, address: (last) => `${prefix}${last}` };
  }
  throw new Error("Every network between 10.217.0.0 and 10.217.255.255 is in use.");
}

function routes(): string {
  return ` ${execFileSync("ip", ["-4", "route", "show", "table", "all"], { encoding: "utf8" }).replaceAll("\n", " ")}`;
}
