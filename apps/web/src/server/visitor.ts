import { headers } from "next/headers";
import { unstable_rethrow } from "next/navigation";
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

/** Whether this page shows what operators have; what is in it they ask the API for. Not to know is no. */
export async function isOperatorHere(): Promise<boolean> {
  const { isOperator, reportError } = webContext();
  try {
    const identity = await visitor();
    return identity !== null && isOperator(identity);
  } catch (error) {
    unstable_rethrow(error);
    reportError(error);
    return false;
  }
}
