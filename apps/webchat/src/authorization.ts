import type { IncomingMessage } from "node:http";

import type { Refusal } from "./access.ts";
import type { TokenDesk, Verdict } from "./token-desk.ts";

/** Who a request comes from, as far as its secrets tell. */
export type Caller =
  | { readonly kind: "anonymous" }
  /** May use the chat. */
  | { readonly kind: "token" }
  /** May ask for tokens and tickets. */
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const NAMES = { ticket: "link", key: "key", token: "token" } as const;
const AGAIN =
  "Ask for a new link: run automna-webchat --url on the machine of the web chat, and open what it prints.";

function refusal(what: keyof typeof NAMES, verdict: Verdict): Refusal {
  const name = NAMES[what];
  const why = {
    used: `This ${name} was used already; each works once.`,
    expired: `This ${name} has ended.`,
    unknown: `This ${name} is not one of this web chat's; it may have been restarted.`,
    valid: "",
  }[verdict];
  return { status: 401, code: `${what}-${verdict}`, message: `${why} ${AGAIN}` };
}

export const TOKEN_REQUIRED: Refusal = {
  status: 401,
  code: "token-missing",
  message: `This needs the token of the web chat: Authorization: Bearer <token>. ${AGAIN}`,
};

/** What stands behind `Authorization: Bearer`. */
function bearerOf({ headers }: Pick<IncomingMessage, "headers">): string | null {
  const [, value] = /^bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  return value ?? null;
}

/**
 * Reads the caller off a request. `?token=` takes a ticket only, and spends it: an address is copied, kept and logged,
 * so what stands in it must be worth nothing afterwards.
 */
export function readCaller(
  desk: TokenDesk,
  req: Pick<IncomingMessage, "headers">,
  query: URLSearchParams,
): Caller {
  const ticket = query.get("token");
  if (ticket !== null) {
    const verdict = desk.spendTicket(ticket);
    return verdict === "valid" ? { kind: "token" } : { kind: "refused", refusal: refusal("ticket", verdict) };
  }
  const secret = bearerOf(req);
  if (secret === null) return { kind: "anonymous" };
  const key = desk.judgeKey(secret);
  if (key === "valid") return { kind: "key", key: secret };
  if (key !== "unknown") return { kind: "refused", refusal: refusal("key", key) };
  const token = desk.judgeToken(secret);
  return token === "valid" ? { kind: "token" } : { kind: "refused", refusal: refusal("token", token) };
}

/** Swaps a ticket for a key, or says why not. */
export function redeemTicket(desk: TokenDesk, ticket: string): { readonly key: string } | Refusal {
  const verdict = desk.spendTicket(ticket);
  return verdict === "valid" ? { key: desk.issueKey().secret } : refusal("ticket", verdict);
}
