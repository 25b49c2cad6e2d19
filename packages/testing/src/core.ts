import type { Clock } from "./clock.ts";
import type { JsonObject } from "./json.ts";
import type {
  AuthOptions,
  CatalogModel,
  GatewayLimits,
  GatewayTiming,
  ProtocolVersion,
  QuestionAsk,
} from "./options.ts";
import type { Random } from "./random.ts";
import type { Run } from "./run-state.ts";
import type { Model } from "./script.ts";
import type { Session } from "./session.ts";

/** What the gateway was told at creation, with every default filled in. */
export type Settings = {
  auth: AuthOptions;
  pairing: "silent" | "ask";
  allowedOrigins: readonly string[];
  model: Model;
  timing: GatewayTiming;
  limits: GatewayLimits;
  models: readonly CatalogModel[];
  agents: readonly { id: string; name?: string }[];
  serverVersion: string;
  verifySignatures: boolean;
};

/** A paired device. */
export type Device = {
  id: string;
  publicKey: string;
  platform: string;
  clientId: string;
  clientMode: string;
  scopes: string[];
  createdAtMs: number;
  token: string;
  tokenScopes: string[];
  issuedAtMs: number;
};

export type PendingPairing = {
  requestId: string;
  deviceId: string;
  publicKey: string;
  clientId: string;
  clientMode: string;
  platform: string;
  scopes: string[];
  ts: number;
};

/** What a process death leaves. */
type Disk = {
  sessions: Map<string, Session>;
  devices: Map<string, Device>;
  pendingPairings: Map<string, PendingPairing>;
};

/** A send key that the process remembers. */
type RememberedSend = { message: string; status: "in_flight" | "ok" };

export type Approval = {
  id: string;
  sessionKey: string;
  runId: string | undefined;
  command: string;
  createdAtMs: number;
  expiresAtMs: number;
  /** Undefined while it waits. */
  outcome:
    | {
        status: "allowed" | "denied" | "expired" | "cancelled";
        reason: "user" | "timeout" | "run-aborted";
        decision?: string;
        at: number;
      }
    | undefined;
  decided: (decision: string) => void;
};

/** Questions that an agent asks a person. */
export type PendingQuestion = {
  id: string;
  sessionKey: string;
  questions: QuestionAsk["questions"];
  createdAtMs: number;
  expiresAtMs: number;
  status: "pending" | "answered" | "cancelled" | "expired";
  answers: Record<string, string[]> | undefined;
};

/** What a process death loses. */
export type Memory = {
  bootId: string;
  startedAtMs: number;
  /** Version 3: one event counter for the whole gateway. */
  eventSeq: number;
  presenceVersion: number;
  healthVersion: number;
  sends: Map<string, RememberedSend>;
  runs: Map<string, Run>;
  /** When finished runs began and ended, for `agent.wait`. */
  finished: Map<string, { startedAt: number; endedAt: number; run: Run }>;
  /** Version 4 adds thinking levels to answers once somebody has asked for the catalogue. */
  catalogueRead: boolean;
  /** Version 4: the first health check is done. */
  warm: boolean;
  presence: Map<string, JsonObject>;
  authFailures: Map<string, { times: number[]; lockedUntil: number }>;
  approvals: Map<string, Approval>;
  questions: Map<string, PendingQuestion>;
  timers: Set<number>;
};

/** Who gets an event. */
type Audience = {
  scope?: string;
  /** Version 4: connections with the cap `session-scoped-events` get it only when they subscribed to this session. */
  sessionKey?: string;
  only?: (client: Client) => boolean;
};

/** A connection that got hello-ok. */
export type Client = {
  number: number;
  connId: string;
  clientId: string;
  mode: string;
  scopes: readonly string[];
  caps: readonly string[];
  deviceId: string | undefined;
  presenceKey: string | undefined;
  profileId: string;
  /** Version 4: session keys of `sessions.messages.subscribe`. */
  watchedSessions: Set<string>;
  /** Version 4: those of them with `includeApprovals`. */
  watchedApprovals: Set<string>;
  /** Version 4: `sessions.subscribe`. */
  watchesList: boolean;
  sendEvent(event: string, payload: JsonObject, extras: JsonObject): void;
};

/** Everything that the parts of the gateway share. */
export type Core = {
  version: ProtocolVersion;
  clock: Clock;
  random: Random;
  settings: Settings;
  disk: Disk;
  memory: Memory;
  clients: Set<Client>;
  /** Model calls since creation; survives restarts because it counts for the test, not for the product. */
  modelCalls: number;
  runsStarted: string[];
  status: "up" | "down" | "starting" | "draining";
  /** Sends an event to every connection in the audience. */
  emit(event: string, payload: JsonObject, audience?: Audience, extras?: JsonObject): void;
  /** A timer that dies with the process. */
  later(ms: number, run: () => void): number;
  cancel(timer: number | undefined): void;
};

export function newMemory(clock: Clock, random: Random): Memory {
  return {
    bootId: random.uuid(),
    startedAtMs: clock.now(),
    eventSeq: 0,
    presenceVersion: 1,
    healthVersion: 1,
    sends: new Map(),
    runs: new Map(),
    finished: new Map(),
    catalogueRead: false,
    warm: false,
    presence: new Map(),
    authFailures: new Map(),
    approvals: new Map(),
    questions: new Map(),
    timers: new Set(),
  };
}

/** Provider and model of a catalogue entry, as in `fake/fake-1`. */
export const modelRef = (model: CatalogModel): string => `${model.provider}/${model.id}`;

export function defaultModel(core: Core): CatalogModel {
  return core.settings.models[0] ?? { provider: "fake", id: "fake-1", name: "Fake One" };
}

export const defaultAgent = (core: Core): string => core.settings.agents[0]?.id ?? "main";
export const mainSessionKey = (core: Core): string => `agent:${defaultAgent(core)}:main`;
