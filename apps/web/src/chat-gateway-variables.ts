import * as v from "valibot";
import { isLoopback } from "./loopback.ts";
import { text, url } from "./variable-kinds.ts";

/** Variables about a single gateway that somebody runs elsewhere. */
export const chatGatewayVariables = {
  CHAT_GATEWAY_URL: v.optional(
    v.pipe(
      url(
        "A single gateway that is run elsewhere, such as `wss://agent.example.com`: `/chat?token=…` talks to it by its own token, without an account.",
        ["ws:", "wss:"],
      ),
      v.transform(sameWhicheverWay),
    ),
  ),
  CHAT_GATEWAY_TOKEN: v.optional(
    text(
      "That gateway's token. With it the app approves the browsers of the gateway's owner there, and nobody else's. Unset: the chat shows the command that approves a browser.",
    ),
  ),
  CHAT_GATEWAY_OWNER: v.optional(
    text("With Clerk and `CHAT_GATEWAY_TOKEN`: Clerk's id of the person whose gateway it is."),
  ),
};

/** One address, however it is written: the app is one device to the gateway there. */
function sameWhicheverWay(address: string): string {
  const { href, pathname, search } = new URL(address);
  return pathname === "/" && search === "" ? href.replace(/\/$/, "") : href;
}

/** How the app has browsers approved on that gateway. */
export interface ChatGatewayApprovalConfig {
  readonly gatewayUrl: string;
  readonly token: string;
  /** Clerk's id of the one person whose browsers are approved; null: the one person at this machine. */
  readonly ownerClerkId: string | null;
}

interface Given {
  readonly CHAT_GATEWAY_URL?: string | undefined;
  readonly CHAT_GATEWAY_TOKEN?: string | undefined;
  readonly CHAT_GATEWAY_OWNER?: string | undefined;
}

/** null: nobody's browser is approved. */
export function chatGatewayApprovalOf(env: Given): ChatGatewayApprovalConfig | null {
  const { CHAT_GATEWAY_URL: gatewayUrl, CHAT_GATEWAY_TOKEN: token, CHAT_GATEWAY_OWNER: owner } = env;
  return gatewayUrl && token ? { gatewayUrl, token, ownerClerkId: owner ?? null } : null;
}

export function chatGatewayProblems(env: Given, isLocal: boolean): string[] {
  return [...addressProblems(env), ...approvalProblems(env, isLocal)];
}

function addressProblems({ CHAT_GATEWAY_URL: address }: Given): string[] {
  if (address === undefined) return [];
  const { protocol, hostname } = new URL(address);
  return protocol === "wss:" || isLoopback(hostname)
    ? []
    : ["CHAT_GATEWAY_URL must start with wss://: its token would travel in clear."];
}

/** Whoever is taken for the owner gets into the gateway, so nobody is by default. */
function approvalProblems(env: Given, isLocal: boolean): string[] {
  const { CHAT_GATEWAY_URL: address, CHAT_GATEWAY_TOKEN: token, CHAT_GATEWAY_OWNER: owner } = env;
  if (token && !address) return ["Set CHAT_GATEWAY_URL: CHAT_GATEWAY_TOKEN is the token of that gateway."];
  if (owner && !token)
    return ["Set CHAT_GATEWAY_TOKEN_FILE: without the gateway's token CHAT_GATEWAY_OWNER approves nothing."];
  if (owner && isLocal)
    return ["Unset CHAT_GATEWAY_OWNER: without Clerk keys the one person at this machine is the owner."];
  if (token && !owner && !isLocal)
    return [
      "Set CHAT_GATEWAY_OWNER to Clerk's id of the person whose gateway it is: only their browsers are approved with CHAT_GATEWAY_TOKEN.",
    ];
  return [];
}
