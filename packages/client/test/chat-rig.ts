import {
  createFakeGateway,
  fakeWebSocket,
  seededRandom,
  virtualClock,
  type FakeGateway,
  type FakeGatewayOptions,
  type MemorySocketOptions,
  type VirtualClock,
} from "@automna/testing";

import { generateDeviceIdentity, type DeviceIdentity } from "@automna/protocol";

import {
  ConnectionPool,
  createChatStore,
  memoryStorage,
  messageText,
  preloadChat,
  selectMessages,
  type ChatStore,
  type ChatStoreOptions,
  type ClientStorage,
  type Environment,
  type Message,
  type TransportFactory,
} from "../src/index.ts";
import { clockTransport } from "./clock-transport.ts";

/** A world whose time belongs to the test. */
export interface TestWorld {
  readonly clock: VirtualClock;
  readonly environment: Environment;
  wake(): void;
  /** The tab goes into the background: its timers stand still, its sockets do not. */
  hide(): void;
  /** The tab is back: what was due happens now, and the page wakes. */
  show(): void;
  online: boolean;
}

export function testWorld(clock: VirtualClock = virtualClock(), seed = 7): TestWorld {
  const random = seededRandom(seed);
  const wakers = new Set<() => void>();
  let ids = 0;
  let isHidden = false;
  let overdue: (() => void)[] = [];
  const world: TestWorld = {
    clock,
    online: true,
    wake: () => wakers.forEach((wake) => wake()),
    hide: () => {
      isHidden = true;
    },
    show() {
      isHidden = false;
      const due = overdue;
      overdue = [];
      due.forEach((task) => task());
      world.wake();
    },
    environment: {
      now: () => clock.now(),
      after(ms, task) {
        const handle = clock.setTimeout(() => {
          if (isHidden) overdue.push(task);
          else task();
        }, ms);
        return () => {
          clock.clearTimeout(handle);
          overdue = overdue.filter((waiting) => waiting !== task);
        };
      },
      random: () => random.next(),
      uuid: () => `send-${seed}-${(ids += 1)}`,
      onWake(wake) {
        wakers.add(wake);
        return () => void wakers.delete(wake);
      },
      isOnline: () => world.online,
    },
  };
  return world;
}

const device = await generateDeviceIdentity();
// Modules load in real time.
await preloadChat();

function isDecided(state: string | undefined): boolean {
  return state === "unconfirmed" || state === "failed";
}

/** WebCrypto answers in real time, which a virtual clock does not wait for; the fake gateway is told not to check. */
export const instantDevice: DeviceIdentity = { ...device, sign: () => Promise.resolve("unchecked") };

/** A chat with a fake gateway, everything in virtual time. */
export interface ChatRig {
  readonly clock: VirtualClock;
  readonly world: TestWorld;
  readonly gateway: FakeGateway;
  readonly pool: ConnectionPool;
  readonly storage: ClientStorage;
  readonly chat: ChatStore;
  readonly release: () => void;
  /** A new page with the same storage: as after a reload. */
  reload(): ChatStore;
  /** Another page with the same storage, beside this one. */
  beside(change?: Partial<ChatStoreOptions>): ChatStore;
  ready(): Promise<boolean>;
  messages(): Message[];
  texts(): string[];
  /** Until nothing is running, waiting or unsettled. */
  quiet(limitMs?: number): Promise<boolean>;
}

export const SESSION = "agent:main:main";

/** A machine's clock that is corrected now and then: what comes later may be dated up to `ms` earlier. */
function correctedClock(clock: VirtualClock, ms: number): VirtualClock {
  if (ms === 0) return clock;
  const random = seededRandom(ms);
  return { ...clock, now: () => clock.now() - (random.next() < 0.1 ? Math.floor(random.next() * ms) : 0) };
}

export function chatRig(
  { setBackMs = 0, ...options }: FakeGatewayOptions & { readonly setBackMs?: number } = {},
  chatOptions: Partial<ChatStoreOptions> = {},
  socket: MemorySocketOptions = {},
  wiretap: (transport: TransportFactory, gateway: FakeGateway) => TransportFactory = (transport) => transport,
): ChatRig {
  const clock = virtualClock();
  const gateway = createFakeGateway({
    clock: correctedClock(clock, setBackMs),
    verifySignatures: false,
    ...options,
  });
  const storage = memoryStorage();
  let seed = 1;
  const page = (change: Partial<ChatStoreOptions> = {}) => {
    const world = testWorld(clock, (seed += 1));
    const pool = new ConnectionPool();
    const chat = createChatStore({
      gatewayUrl: "ws://gateway.test/",
      authToken: "test-token",
      storage,
      pool,
      device: gateway.protocol === 4 ? instantDevice : "auto",
      environment: world.environment,
      transport: wiretap(clockTransport(fakeWebSocket(gateway, socket)), gateway),
      ...chatOptions,
      ...change,
    });
    return { world, pool, chat, release: chat.start() };
  };
  let current = page();
  return {
    clock,
    gateway,
    storage,
    get world() {
      return current.world;
    },
    get pool() {
      return current.pool;
    },
    get chat() {
      return current.chat;
    },
    get release() {
      return current.release;
    },
    reload() {
      current.chat.dispose();
      current = page();
      return current.chat;
    },
    beside: (change) => page(change).chat,
    ready: () => clock.advanceUntil(() => current.chat.getState().history.status === "ready"),
    messages: () => selectMessages(current.chat.getState()),
    texts: () =>
      selectMessages(current.chat.getState()).map((message) => `${message.role}: ${messageText(message)}`),
    quiet: (limitMs) =>
      clock.advanceUntil(() => {
        const { connection, runs, outbox } = current.chat.getState();
        return (
          connection.status === "ready" &&
          runs.length === 0 &&
          gateway.activeRuns().length === 0 &&
          outbox.every(
            ({ state }, at) =>
              isDecided(state) || (state === "queued" && at > 0 && isDecided(outbox[0]?.state)),
          ) &&
          selectMessages(current.chat.getState()).every(
            ({ status }) => status !== "streaming" && status !== "sent",
          )
        );
      }, limitMs),
  };
}
