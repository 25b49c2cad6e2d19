import { askApproval } from "./approvals.ts";
import { allRows } from "./chat-history.ts";
import { realClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { openConnection } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { approveDevice, rejectDevice } from "./devices.ts";
import { faultBox } from "./fault-box.ts";
import type { ArmedFault, Fault } from "./faults.ts";
import { stringAt } from "./json.ts";
import { settingsOf } from "./settings.ts";
import type {
  AskedQuestion,
  FakeGatewayOptions,
  Pairing,
  Peer,
  ProtocolVersion,
  QuestionAsk,
  ServerConnection,
  TranscriptRow,
  WireRecord,
} from "./options.ts";
import { askQuestion } from "./questions.ts";
import { seededRandom } from "./random.ts";
import { senderOf } from "./rows.ts";
import { startRun } from "./run.ts";
import { liveRuns } from "./run-list.ts";
import type { Model } from "./script.ts";
import { canonicalKey, openSession, storageKey } from "./session.ts";
import { injectNote } from "./inject-note.ts";
import { newCore } from "./new-core.ts";
import { openPower } from "./power.ts";
import { openWire } from "./wire.ts";
import { seedTurn } from "./seed-turn.ts";

/**
 * `down`: connections are refused. `starting`: version 4 answers 1013. `draining`: version 4 finishes its runs, refuses
 * requests and new sockets.
 */
export type GatewayStatus = "up" | "down" | "starting" | "draining";

/** A gateway without a network: a state machine that is fed frames and answers frames. */
export type FakeGateway = {
  readonly protocol: ProtocolVersion;
  /** The clock that it was created with. */
  readonly clock: Clock;
  readonly status: GatewayStatus;
  /** Changes with every start. Version 4 announces it as `server.bootId`. */
  readonly bootId: string;

  /** A client connects. `undefined`: connection refused (the gateway is down or drains). */
  connect(peer: Peer): ServerConnection | undefined;

  /** Arms a fault. */
  inject(fault: Fault): ArmedFault;
  /** Disarms every fault that has not fired. */
  clearFaults(): void;

  /** Every connection breaks without a close frame (1006). Runs go on. */
  dropAll(): void;
  /** Nothing moves on any open connection any more, but the sockets stay open. Runs go on. */
  freezeAll(): void;
  /**
   * Orderly restart: `shutdown` event, close 1012, down for `downMs` (default 600), new boot. Version 4 first finishes
   * its runs. `restartExpectedMs` (default 1500) is announced; `null` is what a final stop says.
   */
  restart(options?: { downMs?: number; restartExpectedMs?: number | null; startingMs?: number }): void;
  /** Orderly stop. Version 3 drops running runs; version 4 finishes them first and refuses new work meanwhile. */
  stop(): void;
  /** SIGKILL: 1006 for everyone, memory (send keys, running runs) is gone, stored rows stay. Stays down. */
  kill(): void;
  /** A stopped or killed gateway boots. `startingMs` > 0: not ready for that long (version 4 answers 1013, version 3 refuses). */
  start(options?: { startingMs?: number }): void;

  /** The old secret stops working for new connects; `disconnect` closes open ones (4001 in version 4, 1008 in version 3). */
  rotateToken(token: string, options?: { disconnect?: boolean }): void;
  readonly pairing: Pairing;
  /** From now on unknown devices are asked for (`"ask"`) or paired at once (`"silent"`). */
  setPairing(mode: "silent" | "ask"): void;
  /** Answers to `method` (or to `"*"`, all) are held back for `ms`; 0 ends it. */
  slow(method: string, ms: number): void;
  /** Later turns are answered by this model. */
  setModel(model: Model): void;

  /** Rows of a session as stored now. */
  transcript(sessionKey: string): readonly TranscriptRow[];
  /** Keys of stored sessions. */
  sessionKeys(): readonly string[];
  /** Provider calls since creation: one per turn, one more per tool call and retry. */
  readonly modelCalls: number;
  /** Ids of all runs ever started, in order; a message that ran twice shows here. */
  readonly runsStarted: readonly string[];
  /** Runs that execute now. */
  activeRuns(): readonly { runId: string; sessionKey: string }[];
  /** Connections that are open now and have got hello-ok. */
  readonly connected: number;
  /** Sockets that are open now, with or without hello-ok. */
  readonly open: number;
  /** Sockets ever opened. */
  readonly connections: number;
  /** Everything that crossed the wire since creation or the last `clearLog`. */
  readonly log: readonly WireRecord[];
  clearLog(): void;

  /** A message arrives that no client sent (a channel, another agent): stored and answered like a real one. */
  receiveMessage(sessionKey: string, text: string): { runId: string };
  /** As `chat.inject`, without a client. The session is made if need be. */
  injectNote(sessionKey: string, message: string, label?: string): void;
  /** Fills a session with finished turns, at no cost; for long-thread stories. `at` is in epoch milliseconds. */
  seedSession(
    sessionKey: string,
    turns: readonly { user: string; assistant: string; at?: number }[],
    options?: { label?: string },
  ): void;
  /** An approval request reaches the operators that hold the approvals scope. */
  requestApproval(options: { sessionKey: string; command: string; timeoutMs?: number }): { id: string };

  /** Version 4: a question reaches the operators that hold the questions scope. */
  askQuestion(ask: QuestionAsk): AskedQuestion;

  /** Ends everything: connections are terminated, no timer is left. */
  close(): void;
};

/**
 * Creates a fake gateway. Deterministic for a given seed, clock and input.
 *
 * @example
 * ```ts
 * import { createFakeGateway, fakeWebSocket, words } from "@automna/testing";
 *
 * const gateway = createFakeGateway({ protocol: 4, model: () => words(5, 20) });
 * const Socket = fakeWebSocket(gateway);
 * const socket = new Socket("ws://gateway.test/");
 * ```
 */
export function createFakeGateway(options: FakeGatewayOptions = {}): FakeGateway {
  const version = options.protocol ?? 4;
  const clock = options.clock ?? realClock();
  const random = seededRandom(options.seed ?? 1);
  const settings = settingsOf(version, options);
  const faults = faultBox();
  const log: WireRecord[] = [];
  const slow = new Map<string, number>();
  const connections = new Set<Connection>();
  let opened = 0;

  const core = newCore(version, clock, random, settings);
  const power = openPower(core, connections);

  const gateway: FakeGateway = {
    protocol: version,
    clock,
    get status() {
      return core.status;
    },
    get bootId() {
      return core.memory.bootId;
    },
    connect: (peer) => {
      if (
        core.status === "down" ||
        core.status === "draining" ||
        (core.status === "starting" && version === 3)
      )
        return undefined;
      const number = ++opened;
      const disasters = () => ({
        lose: () => connection.lose(),
        shut: (code: number, reason: string) => connection.shut(code, reason),
        kill: (downMs: number | undefined) => {
          gateway.kill();
          if (downMs !== undefined) power.comeBack(downMs);
        },
        restart: (fault: { downMs?: number; restartExpectedMs?: number | null }) => gateway.restart(fault),
      });
      const wire = openWire({ core, faults, log, slow }, peer, number, disasters);
      const connection: Connection = openConnection(core, peer, number, wire, () =>
        connections.delete(connection),
      );
      connections.add(connection);
      connection.challenge();
      return connection;
    },
    inject: (fault) => faults.arm(fault),
    clearFaults: () => faults.clear(),
    dropAll: () => {
      for (const connection of connections) connection.lose();
    },
    freezeAll: () => {
      for (const connection of connections) connection.freeze();
    },
    restart: ({ downMs = 600, restartExpectedMs = 1500, startingMs } = {}) =>
      power.leave(restartExpectedMs, "gateway restarting", () => power.comeBack(downMs, startingMs)),
    stop: () => power.leave(null, "gateway stopping", () => {}),
    kill: () => power.die((connection) => connection.lose()),
    start: ({ startingMs } = {}) => {
      if (core.status === "down") power.boot(startingMs);
    },
    rotateToken: (token, { disconnect = false } = {}) => {
      settings.auth =
        settings.auth.mode === "password" ? { mode: "password", password: token } : { mode: "token", token };
      if (disconnect)
        for (const connection of connections)
          connection.shut(version === 4 ? 4001 : 1008, version === 4 ? "auth changed" : "unauthorized");
    },
    pairing: {
      pending: () =>
        [...core.disk.pendingPairings.values()].map(({ requestId, deviceId, clientId, scopes }) => ({
          requestId,
          deviceId,
          clientId,
          scopes,
        })),
      approve: (requestId) => {
        for (const id of requestId === undefined ? [...core.disk.pendingPairings.keys()] : [requestId])
          approveDevice(core, id);
      },
      reject: (requestId) => {
        rejectDevice(core, requestId);
      },
      revoke: (deviceId) => {
        core.disk.devices.delete(deviceId);
      },
    },
    setPairing: (mode) => {
      settings.pairing = mode;
    },
    slow: (method, ms) => {
      if (ms > 0) slow.set(method, ms);
      else slow.delete(method);
    },
    setModel: (model) => {
      settings.model = model;
    },
    transcript: (sessionKey) => {
      const session =
        core.disk.sessions.get(canonicalKey(core, sessionKey)) ?? core.disk.sessions.get(sessionKey);
      return session
        ? allRows(core, session).map((row) => ({
            role: stringAt(row, "role") ?? "",
            text: textOf(row["content"]),
            row,
          }))
        : [];
    },
    sessionKeys: () => [...core.disk.sessions.keys()],
    get modelCalls() {
      return core.modelCalls;
    },
    get runsStarted() {
      return core.runsStarted;
    },
    activeRuns: () => liveRuns(core).map((run) => ({ runId: run.runId, sessionKey: run.session.key })),
    get connected() {
      return core.clients.size;
    },
    get open() {
      return connections.size;
    },
    get connections() {
      return opened;
    },
    log,
    clearLog: () => {
      log.length = 0;
    },
    receiveMessage: (sessionKey, text) => {
      const key = storageKey(core, sessionKey);
      const session = openSession(core, key, "send");
      const runId = random.uuid();
      session.lastInteractionAt = clock.now();
      startRun(core, {
        runId,
        echoKey: key,
        session,
        message: text,
        sender: senderOf("channel", "backend"),
        quiet: true,
      });
      return { runId };
    },
    injectNote: (sessionKey, message, label) => {
      const session = openSession(core, storageKey(core, sessionKey), "send");
      injectNote(core, session, session.key, message, label);
    },
    seedSession: (sessionKey, turns, { label } = {}) => {
      const session = openSession(core, canonicalKey(core, sessionKey), "send");
      if (label) session.settings.label = label;
      session.used = true;
      turns.forEach((turn, i) =>
        seedTurn(core, session, turn, turn.at ?? clock.now() - (turns.length - i) * 60_000),
      );
    },
    requestApproval: (ask) => ({
      id: askApproval(
        core,
        { ...ask, sessionKey: canonicalKey(core, ask.sessionKey), runId: undefined },
        () => {},
      ).id,
    }),
    askQuestion: (ask) => {
      if (version === 3) throw new TypeError("Version 3 asks no questions. Use protocol 4.");
      return askQuestion(core, { ...ask, sessionKey: canonicalKey(core, ask.sessionKey) });
    },
    close: () => power.end(),
  };
  power.boot();
  return gateway;
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((block: unknown) =>
      typeof block === "object" && block !== null && "text" in block && typeof block.text === "string"
        ? block.text
        : "",
    )
    .join("");
}
