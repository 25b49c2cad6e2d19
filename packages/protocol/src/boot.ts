import type { HelloOk } from "./hello.ts";

/**
 * Which start of the gateway this is. Runs, dedupe memory and version 3's idempotency keys do not outlive a boot, so
 * the outbox keeps it with every sent message.
 */
export type BootIdentity = { kind: "id"; bootId: string } | { kind: "started-at"; startedAtSeconds: number };

/**
 * The boot behind a hello: version 4 names it, version 3 is told by its start time.
 *
 * @param now - the clock at which the hello arrived, milliseconds
 *
 * @example
 * ```ts
 * import { bootIdentity } from "@automna/protocol";
 *
 * const boot = bootIdentity(hello, Date.now());
 * const sent = { idempotencyKey: crypto.randomUUID(), boot }; // kept with the message until the history shows it
 * ```
 */
export function bootIdentity(hello: HelloOk, now: number): BootIdentity {
  const { bootId } = hello.server;
  if (bootId !== undefined) return { kind: "id", bootId };
  return { kind: "started-at", startedAtSeconds: Math.round((now - hello.uptimeMs) / 1000) };
}

/**
 * Whether two boot identities are the same start; a computed start time may be off by two seconds. After another boot a
 * version 3 gateway no longer knows which keys it has run, so a message may not simply be sent again.
 *
 * @example
 * ```ts
 * import { sameBoot } from "@automna/protocol";
 *
 * sameBoot({ kind: "id", bootId: "b-1" }, { kind: "id", bootId: "b-2" }); // false
 * const before = { kind: "started-at", startedAtSeconds: 1_700_000_000 } as const;
 * sameBoot(before, { kind: "started-at", startedAtSeconds: 1_700_000_002 }); // true
 * ```
 */
export function sameBoot(a: BootIdentity, b: BootIdentity): boolean {
  if (a.kind === "id") return b.kind === "id" && a.bootId === b.bootId;
  return b.kind === "started-at" && Math.abs(a.startedAtSeconds - b.startedAtSeconds) <= 2;
}

/**
 * Whether hello-ok lists a method. `false` proves nothing for `chat.inject` and `sessions.resolve`, which both gateways
 * know without listing them.
 *
 * @param method - as the gateway spells it, not the name of a builder
 *
 * @example
 * ```ts
 * import { artifactsList, listsMethod } from "@automna/protocol";
 *
 * const canList = listsMethod(hello, "artifacts.list");
 * const call = canList ? artifactsList(hello.protocol, "agent:main:main") : null;
 * ```
 */
export function listsMethod(hello: HelloOk, method: string): boolean {
  return hello.features.methods.includes(method);
}
