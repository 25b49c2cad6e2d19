import {
  ConnectionPool,
  memoryStorage,
  preloadChat,
  type Environment,
  type Transport,
  type TransportFactory,
} from "@automna/client";
import {
  createFakeGateway,
  fakeWebSocket,
  virtualClock,
  type FakeGateway,
  type FakeGatewayOptions,
  type VirtualClock,
} from "@automna/testing";
import { generateDeviceIdentity, type DeviceIdentity } from "@automna/protocol";
import { act } from "@testing-library/react";
import { vi } from "vitest";

import type { ClawdbotRuntimeOptions } from "../src/index.ts";

const device = await generateDeviceIdentity();
// Modules load in real time.
await preloadChat();
/** WebCrypto signs in real time, which a virtual clock does not wait for; the fake gateway is told not to check. */
const instantDevice: DeviceIdentity = { ...device, sign: () => Promise.resolve("unchecked") };

/** A gateway and a page in one virtual time, with the real client between them. */
export interface GatewayRig {
  readonly gateway: FakeGateway;
  readonly clock: VirtualClock;
  /** What connects a chat to it. */
  readonly options: Omit<ClawdbotRuntimeOptions, "sessionKey" | "authToken"> & { readonly authToken: string };
  /** Lets `ms` milliseconds of virtual time pass. */
  pass(ms?: number): Promise<void>;
  close(): void;
}

function memoryTransport(gateway: FakeGateway): TransportFactory {
  const Socket = fakeWebSocket(gateway);
  return (url, listener): Transport => {
    const socket = new Socket(url);
    let closed = false;
    const end = (code: number, reason: string) => {
      if (closed) return;
      closed = true;
      listener.close({ code, reason });
    };
    socket.addEventListener("open", () => (closed ? undefined : listener.open()));
    socket.addEventListener("message", (event) => {
      if (!closed && "data" in event && typeof event.data === "string") listener.frame(event.data);
    });
    socket.addEventListener("close", (event) => {
      end(
        "code" in event && typeof event.code === "number" ? event.code : 1006,
        "reason" in event ? String(event.reason) : "",
      );
    });
    return {
      send(text) {
        if (closed || socket.readyState !== 1) return false;
        socket.send(text);
        return true;
      },
      close(code, reason) {
        socket.close(code, reason);
        end(code, reason);
      },
    };
  };
}

export function gatewayRig(options: FakeGatewayOptions = {}): GatewayRig {
  const clock = virtualClock(Date.UTC(2026, 0, 5, 12));
  const gateway = createFakeGateway({ clock, verifySignatures: false, ...options });
  let ids = 0;
  const environment: Environment = {
    now: () => clock.now(),
    after(ms, task) {
      const handle = clock.setTimeout(task, ms);
      return () => clock.clearTimeout(handle);
    },
    random: () => 0.5,
    uuid: () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, "0")}`,
    onWake: () => () => undefined,
    isOnline: () => true,
  };
  vi.stubGlobal("requestAnimationFrame", (task: (at: number) => void) =>
    clock.setTimeout(() => act(() => task(clock.now())), 16),
  );
  vi.stubGlobal("cancelAnimationFrame", (handle: number) => clock.clearTimeout(handle));
  return {
    gateway,
    clock,
    options: {
      gatewayUrl: "ws://gateway.test/",
      authToken: "test-token",
      device: instantDevice,
      storage: memoryStorage(),
      transport: memoryTransport(gateway),
      environment,
      pool: new ConnectionPool(),
    },
    async pass(ms = 300) {
      for (let left = ms; left > 0; left -= 25) await act(() => clock.advanceAsync(Math.min(25, left)));
    },
    close() {
      gateway.close();
      vi.unstubAllGlobals();
    },
  };
}
