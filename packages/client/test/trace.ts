import type { FakeGateway } from "@automna/testing";
import { expect } from "vitest";

import { httpTransport, type Message, type TransportFactory } from "../src/index.ts";
import { chatRig, SESSION } from "./chat-rig.ts";
import { clockHttp, type ClockHttp } from "./clock-http.ts";
import { OTHER, perform, type Course } from "./trace-course.ts";
import { checkSends, compare, watch } from "./trace-invariants.ts";
import { modelOf, type Trace } from "./trace-steps.ts";

/** Resetting wants it. */
const ADMIN = ["operator.admin"];

/** Somebody who sees what a page gets and does. */
export interface Witness {
  readonly wiretap: (transport: TransportFactory) => TransportFactory;
  reloaded(): void;
  /** The main session is open, and nothing happens any more. */
  atRest(messages: readonly Message[]): void;
}

/** Plays a trace, heals everything, and checks what must hold at the end. */
export async function runTrace(
  protocol: 3 | 4,
  { latencyMs, setBackMs, pageSize, steps }: Trace,
  { witness, over = "socket" }: { readonly witness?: Witness; readonly over?: "socket" | "http" } = {},
): Promise<void> {
  const course = {
    sends: new Map(),
    withdrawn: new Set<string>(),
    repeated: [],
    emptied: [],
    token: "test-token",
    deaths: 0,
  };
  let http: ClockHttp | null = null;
  const overHttp = (_socket: TransportFactory, gateway: FakeGateway) => {
    http ??= clockHttp(gateway, latencyMs);
    return httpTransport({ fetch: http.fetch });
  };
  const wiretap = over === "http" ? overHttp : witness?.wiretap;
  const calls = new Map<string, number>();
  const scopes = steps.some((step) => step.do === "reset") ? ADMIN : undefined;
  const chatOptions = {
    authToken: () => token(),
    storageScope: "person",
    historyPageSize: pageSize,
    ...(scopes && { scopes }),
  };
  const rig = chatRig({ protocol, model: modelOf(calls), setBackMs }, chatOptions, { latencyMs }, wiretap);
  const token = () => whole.token;
  const whole: Course = Object.assign(course, { rig, http });
  const problems: string[] = [];
  let unwatch = watch(rig, problems, { pageSize, calls, emptied: whole.emptied });
  for (const [index, wanted] of steps.entries()) {
    await perform(whole, wanted, index);
    if (wanted.do === "reload") {
      witness?.reloaded();
      unwatch();
      unwatch = watch(rig, problems, { pageSize, calls, emptied: whole.emptied });
    }
  }
  rig.gateway.clearFaults();
  rig.gateway.slow("chat.history", 0);
  // Long enough for a frozen connection to be noticed.
  await rig.clock.advanceAsync(90_000);
  if (rig.gateway.status === "down") rig.gateway.start();
  // Whose fresh token was refused, too, waits for the person.
  if (rig.chat.getState().connection.status === "failed") rig.chat.actions.reconnect();
  const main = await compare(rig, SESSION);
  witness?.atRest(main);
  const shown = [...main, ...(await compare(rig, OTHER))];
  checkSends(whole, shown);
  expect(problems).toEqual([]);
  rig.chat.dispose();
  rig.gateway.close();
  await rig.clock.advanceAsync(5_000);
  expect(rig.clock.pending(), "timers left").toBe(0);
}
