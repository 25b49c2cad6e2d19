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
  const identity = await visitorIfKnown();
  return identity !== null && webContext().isOperator(identity);
}

/** Whose page is being made, by their id; null when nobody is signed in, or it cannot be known now. */
export async function visitorId(): Promise<string | null> {
  return (await visitorIfKnown())?.clerkId ?? null;
}

async function visitorIfKnown(): Promise<Identity | null> {
  try {
    return await visitor();
  } catch (error) {
    unstable_rethrow(error);
    webContext().reportError(error);
    return null;
  }
}
