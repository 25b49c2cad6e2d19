import {
  bootIdentity,
  canonicalSessionKey,
  parseSessionMessage,
  parseSessionsChanged,
  sameBoot,
  sendKeyOf,
  sessionsSubscribe,
  type BootIdentity,
  type EventFrame,
} from "@automna/protocol";

import { chatActions, type DeferredActions } from "./chat-actions.ts";
import { canonicalKey, liveGateway, requestOver, type ChatContext } from "./chat-context.ts";
import type { ChatPanels } from "./chat-panels.ts";
import { ChatSession } from "./chat-session.ts";
import type { ChatStoreOptions } from "./chat-store.ts";
import type { ConnectionLease } from "./connection-pool.ts";
import { shownState, type ConnectionState } from "./connection-state.ts";
import type { Stop } from "./environment.ts";
import { KeptSessions } from "./kept-sessions.ts";
import { LazyPanels } from "./lazy-panels.ts";
import { LiveTools } from "./live-tools.ts";
import { OtherSessions } from "./other-sessions.ts";
import type { OutboxStore } from "./outbox-store.ts";
import { OutboxKeeper } from "./outbox-keeper.ts";
import { roomyStorage } from "./overflow-storage.ts";
import type { ProjectionEvent } from "./projection-state.ts";
import { ReadMarks } from "./read-marks.ts";
import { SendDesk } from "./send-desk.ts";
import { SendRecords } from "./send-records.ts";

/** Rows per page of history when nothing else is said. */
const PAGE_SIZE = 200;

/** Events by which the agent asks a person for something. */
const ASKING = /approval|^question\./;

/** A chat at work: the connection, the open session, the outbox and the panels, wired together. */
export class Chat {
  readonly context: ChatContext;
  readonly desk: SendDesk;
  readonly actions: DeferredActions;
  readonly #options: ChatStoreOptions;
  readonly #records: SendRecords;
  readonly #others: OtherSessions;
  readonly #marks: ReadMarks;
  readonly #panels: LazyPanels;
  readonly #kept = new KeptSessions();
  #session: ChatSession;
  /** The key as the host or the person gave it; its canonical form can change with the gateway's hello-ok. */
  #wantedKey: string;
  #lease: ConnectionLease | null = null;
  #unsubscribe: Stop = () => {};
  #boot: BootIdentity | null = null;
  #epoch = 0;
  #isLoaded = false;

  constructor(options: ChatStoreOptions, context: ChatContext, outbox: OutboxStore, sessionKey: string) {
    this.#options = options;
    this.context = context;
    this.#marks = new ReadMarks(context);
    const liveTools = new LiveTools(context);
    this.#panels = new LazyPanels(context, this.#marks, () => this.#lease !== null);
    const { storage } = outbox;
    const { environment } = context;
    const room = storage === options.storage ? storage : roomyStorage(storage, environment);
    const keeper = new OutboxKeeper(outbox, environment, room);
    const records = new SendRecords(context, keeper, {
      changed: (entry) => {
        liveTools.follow(entry.sessionKey);
        this.#session.sendChanged(entry);
        this.#kept.tell(entry.sessionKey, { type: "send-changed", entry });
        this.#others.sendChanged(entry.sessionKey);
      },
      settled: ({ sessionKey: key, sendId }) => this.#tell(key, { type: "send-settled", sendId }),
      interrupted: ({ sessionKey: key, sendId }) => this.#tell(key, { type: "send-interrupted", sendId }),
      discarded: ({ sessionKey: key, sendId }) => this.#tell(key, { type: "send-discarded", sendId }),
      done: ({ sessionKey: key, sendId }) =>
        this.#tell(key, { type: "run-ended", runId: sendId, how: "final" }),
      restarted: ({ sessionKey: key, sendId }) => this.#tell(key, { type: "run-restarted", runId: sendId }),
      uncertain: (key) => void this.#lookAt(key),
    });
    this.#records = records;
    this.desk = new SendDesk(context, records);
    this.#others = new OtherSessions({
      context,
      desk: this.desk,
      pageSize: options.historyPageSize ?? PAGE_SIZE,
      isOpen: (key) => key === this.#session.key,
    });
    this.#wantedKey = sessionKey;
    this.#session = this.#newSession(canonicalSessionKey(sessionKey));
    this.actions = chatActions(this);
  }

  get session(): ChatSession {
    return this.#session;
  }

  /** Works over a connection until {@link stop}. */
  start(lease: ConnectionLease): void {
    this.#lease = lease;
    this.#unsubscribe = lease.connection.subscribe({
      state: (state) => this.#connection(state),
      event: (frame) => this.#event(frame),
      gap: () => this.#gap(),
    });
    void this.#begin(lease);
  }

  async #begin(lease: ConnectionLease): Promise<void> {
    await this.#load();
    if (this.#lease === lease) this.#connection(lease.connection.state);
  }

  stop(): void {
    this.#unsubscribe();
    this.#lease = null;
    this.#disconnected();
  }

  /** What stands beside the conversation; loaded when it is first asked for. */
  panels(): Promise<ChatPanels> {
    return this.#panels.load();
  }

  /** Keeps the list of sessions current until the returned function is called, as soon as the panels are here. */
  watchSessions(): Stop {
    return this.#panels.watchSessions();
  }

  /** Opens another session. */
  open(sessionKey: string): void {
    this.#wantedKey = sessionKey;
    const key = canonicalKey(this.context, sessionKey);
    if (key === this.#session.key) return;
    const former = this.#session;
    this.#kept.keep(former.key, former.leave());
    this.#session = this.#newSession(key);
    this.#marks.settled(key);
    this.#panels.loaded?.directory.opened(key);
    const { gateway } = this.context;
    if (gateway !== null) this.#session.connected(gateway, true);
    this.#others.left(former.key);
  }

  /** What was said in a session is gone. */
  emptied(sessionKey: string): void {
    this.#kept.forget(sessionKey);
    if (sessionKey === this.#session.key) this.#session.dispatch({ type: "reset" });
  }

  onReady: () => void = () => {};

  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    await this.#records.load();
    this.#isLoaded = true;
  }

  #newSession(key: string): ChatSession {
    this.context.patch({ sessionKey: key, history: { status: "none" }, runs: [] });
    const pageSize = this.#options.historyPageSize ?? PAGE_SIZE;
    return new ChatSession(
      this.context,
      { desk: this.desk, marks: this.#marks },
      { key, pageSize, kept: this.#kept.take(key) },
    );
  }

  #tell(sessionKey: string, event: ProjectionEvent): void {
    if (sessionKey === this.#session.key) this.#session.dispatch(event);
    else this.#kept.tell(sessionKey, event);
  }

  #connection(state: ConnectionState): void {
    // What was sent before the page was reloaded must be known before anything is decided about it.
    if (!this.#isLoaded) return this.context.patch({ connection: shownState(state) });
    if (state.status !== "ready") {
      if (this.context.gateway !== null) this.#disconnected();
      return this.context.patch({ connection: state });
    }
    if (this.context.gateway === null) this.#ready(state);
  }

  #ready(state: ConnectionState & { readonly status: "ready" }): void {
    const connection = this.#lease?.connection;
    if (connection === undefined) return;
    const { hello, since } = state;
    // By the time at which it said hello: this page may have been slow since.
    const boot = bootIdentity(hello, since);
    const isSameBoot = this.#boot === null || sameBoot(this.#boot, boot);
    this.#boot = boot;
    const gateway = liveGateway(connection, hello, boot, (this.#epoch += 1));
    this.context.gateway = gateway;
    const capabilities = gateway.dialect.capabilities(hello, this.#options.scopes);
    this.context.patch({ connection: state, everConnected: true, capabilities });
    this.#followKey();
    const call = sessionsSubscribe(gateway.dialect.protocol);
    // An old gateway without subscriptions is only looked at again.
    if (call !== null) requestOver(this.context, call).catch(() => {});
    this.#session.connected(gateway, isSameBoot);
    this.#others.connected();
    this.#panels.connected();
    this.onReady();
  }

  /** The gateway may name the wanted session otherwise than was assumed before it could be asked. */
  #followKey(): void {
    const key = canonicalKey(this.context, this.#wantedKey);
    if (key === this.#session.key) return;
    this.desk.rename(this.#session.key, key);
    this.#session.leave();
    this.#session = this.#newSession(key);
  }

  #disconnected(): void {
    this.context.gateway = null;
    this.#session.disconnected();
    this.#others.stop();
    this.desk.disconnected();
    this.#marks.stop();
    this.#panels.disconnected();
  }

  /** Settles the sends of a session, open or not. */
  #lookAt(sessionKey: string): Promise<void> {
    return sessionKey === this.#session.key ? this.#session.reload() : this.#others.look(sessionKey);
  }

  #gap(): void {
    if (this.context.gateway === null) return;
    this.#session.gap();
    this.#panels.loaded?.missed();
  }

  #event(frame: EventFrame): void {
    if (this.context.gateway === null) return;
    switch (frame.event) {
      case "chat":
      case "agent": {
        const other = this.#session.event(frame);
        if (other !== null) this.#touched(other);
        return;
      }
      case "session.message":
        return this.#rowAppeared(frame.payload);
      case "sessions.changed":
        return this.#sessionsChanged(frame.payload);
      default:
        if (ASKING.test(frame.event)) this.#panels.with((panels) => panels.event(frame));
    }
  }

  #touched(sessionKey: string): void {
    if (sessionKey !== this.#session.key) this.#marks.happened(sessionKey);
    this.#panels.loaded?.directory.changed();
  }

  #rowAppeared(payload: unknown): void {
    const parsed = parseSessionMessage(payload);
    if (!parsed.ok || parsed.value.message.role !== "user") return;
    if (canonicalKey(this.context, parsed.value.sessionKey) !== this.#session.key) return;
    this.#session.rowAppeared(sendKeyOf(parsed.value.message));
  }

  #sessionsChanged(payload: unknown): void {
    const parsed = parseSessionsChanged(payload);
    this.#panels.loaded?.directory.changed();
    if (!parsed.ok || parsed.value.sessionKey === undefined) return;
    const key = canonicalKey(this.context, parsed.value.sessionKey);
    const isAnother = /reset|delete|new|compact/.test(parsed.value.reason ?? "");
    if (isAnother) this.#kept.forget(key);
    if (key !== this.#session.key) return;
    if (isAnother) this.#session.rowAppeared(null);
    else if (parsed.value.phase === "message") this.#session.rowChanged();
  }
}
