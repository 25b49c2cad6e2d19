import { createHash, randomBytes } from "node:crypto";
import type { RandomBytes } from "./credentials.ts";

/** Lets one person into one of their gateways, once, within {@link LAUNCH_TICKET_LIFETIME_MS}. */
export const LAUNCH_TICKET_LIFETIME_MS = 60_000;

const TICKET_BYTES = 32;
const TICKET = /^[A-Za-z0-9_-]{43}$/;
const MAX_PATH_LENGTH = 2_048;
/** What may stand in a `Location` as it is; everything else would be another address, or another header. */
const PATH = /^\/(?:[!-[\]-~]*)$/;

/** A ticket: 32 random bytes, base64url, 43 characters. */
export function newLaunchTicket(random: RandomBytes = randomBytes): string {
  return Buffer.from(random(TICKET_BYTES)).toString("base64url");
}

/** Whether a text could be a ticket at all. */
export function isLaunchTicket(text: string): boolean {
  return TICKET.test(text);
}

/** Under which name a ticket is stored. It is as random as a key: no salt is needed, and no guess can be tested. */
export function launchTicketHash(ticket: string): string {
  return createHash("sha256").update(ticket, "utf8").digest("base64url");
}

/** The path inside a gateway that a launch leads to: the one that was asked for if it is one, else the root. */
export function launchPath(asked: string): string {
  return asked.length <= MAX_PATH_LENGTH && PATH.test(asked) && !asked.startsWith("//") ? asked : "/";
}
