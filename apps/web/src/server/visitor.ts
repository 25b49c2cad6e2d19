import { headers } from "next/headers";
import { webContext } from "./context.ts";
import type { Identity } from "./identify.ts";

/** Who asks for the page that is being made; null when nobody is signed in. */
export async function visitor(): Promise<Identity | null> {
  const { identify, policy } = webContext();
  const requestHeaders = await headers();
  return identify(
    new Headers(requestHeaders),
    `${policy.originOf(requestHeaders.get("host") ?? undefined)}/`,
  );
}

/** Whether who asks for this page may see everything. */
export async function isOperatorHere(): Promise<boolean> {
  const identity = await visitor();
  return identity !== null && webContext().isOperator(identity);
}
