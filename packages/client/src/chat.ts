import {
  bootIdentity,
  canonicalSessionKey,
  parseSessionMessage,
  parseSessionsChanged,
  sameBoot,
  sendKeyOf,
  type BootIdentity,
  type EventFrame,
} from "@automna/protocol";

import type * as PanelsModule from "./chat-panels.ts";
import { backoffDelay } from "./backoff.ts";
import { chatActions, type DeferredActions } from "./chat-actions.ts";
import { canonicalKey, liveGateway, type ChatContext } from "./chat-context.ts";
import type { ChatPanels } from "./chat-panels.ts";
import { panelsPart } from "./chat-parts.ts";
import { ChatSession } from "./chat-session.ts";
import type { ChatStoreOptions } from "./chat-store.ts";
import type { ConnectionLease } from "./connection-pool.ts";
import { shownState, type ConnectionState } from "./connection-state.ts";
import type { Stop } from "./environment.ts";
import { errorMessage } from "./errors.ts";
import { OtherSessions } from "./other-sessions.ts";
import type { OutboxStore } from "./outbox-store.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import { SendDesk } from "./send-desk.ts";

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
  readonly #outbox: OutboxStore;
  readonly #others: OtherSessions;
  /** Sessions in which something happened while another one was open. */
  readonly #unread = new Set<string>();
  #panels: ChatPanels | null = null;
  /** Who wants the list of sessions; without `stop` it waits for the panels. */
  readonly #watches = new Set<{ stop: Stop | null }>();
  #stopRetry: Stop = () => {};
  #failures = 0;
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
    this.#outbox = outbox;
    this.desk = new SendDesk(this.context, this.#outbox, {
      changed: (entry) => {
        this.#session.sendChanged(entry);
        this.#others.sendChanged(entry.sessionKey);
      },
      settled: (entry) =>
        this.#tell(entry, () => this.#session.dispatch({ type: "send-settled", sendId: entry.sendId })),
      interrupted: (entry) =>
        this.#tell(entry, () => this.#session.dispatch({ type: "send-interrupted", sendId: entry.sendId })),
      discarded: (entry) =>
        this.#tell(entry, () => this.#session.dispatch({ type: "send-discarded", sendId: entry.sendId })),
      done: (entry) =>
        this.#tell(entry, () =>
          this.#session.dispatch({ type: "run-ended", runId: entry.sendId, how: "final" }),
        ),
      restarted: (entry) =>
        this.#tell(entry, () => this.#session.dispatch({ type: "run-restarted", runId: entry.sendId })),
      uncertain: (sessionKey) => void this.#lookAt(sessionKey),
    });
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
  async panels(): Promise<ChatPanels> {
    return this.#panels ?? this.#openPanels(panelsPart.loaded ?? (await panelsPart.load()));
  }

  #openPanels(part: typeof PanelsModule): ChatPanels {
    this.#panels ??= new part.ChatPanels(this.context, this.#unread);
    this.#failures = 0;
    for (const watch of this.#watches) watch.stop ??= this.#panels.directory.watch();
    return this.#panels;
  }

  /** Keeps the list of sessions current until the returned function is called, as soon as the panels are here. */
  watchSessions(): Stop {
    const watch: { stop: Stop | null } = { stop: null };
    this.#watches.add(watch);
    this.#withPanels(() => {});
    return () => {
      this.#watches.delete(watch);
      watch.stop?.();
      watch.stop = null;
    };
  }

  /** Without the panels the conversation goes on; whoever wants the list of sessions is told, and it is tried again. */
  #panelsMissing(error: unknown): void {
    const { environment } = this.context;
    if (this.#watches.size > 0)
      this.context.patch({
        sessions: { status: "failed", items: [], error: { kind: "unknown", message: errorMessage(error) } },
      });
    this.#stopRetry();
    if (this.#lease === null) return;
    this.#failures += 1;
    const ms = backoffDelay(this.#failures + 2, environment.random());
    this.#stopRetry = environment.after(ms, () => this.#panelsConnected());
  }

  /** Opens another session. */
  open(sessionKey: string): void {
    this.#wantedKey = sessionKey;
    const key = canonicalKey(this.context, sessionKey);
    if (key === this.#session.key) return;
    const former = this.#session;
    former.leave();
    this.#session = this.#newSession(key);
    this.#unread.delete(key);
    this.#panels?.directory.opened(key);
    const { gateway } = this.context;
    if (gateway !== null) this.#session.connected(gateway, true);
    this.#others.left(former.key);
  }

  onReady: () => void = () => {};

  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    await this.#outbox.load();
    this.#isLoaded = true;
    this.context.patch({ outbox: this.#outbox.entries });
    for (const entry of this.#outbox.of(this.#session.key)) this.#session.sendChanged(entry);
  }

  #newSession(key: string): ChatSession {
    this.context.patch({ sessionKey: key, history: { status: "none" }, runs: [] });
    return new ChatSession(this.context, this.desk, key, this.#options.historyPageSize ?? PAGE_SIZE);
  }

  #tell(entry: OutboxEntry, tell: () => void): void {
    if (entry.sessionKey === this.#session.key) tell();
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
    const capabilities = gateway.dialect.capabilities(hello);
    this.context.patch({ connection: state, everConnected: true, capabilities });
    this.#followKey();
    this.#session.connected(gateway, isSameBoot);
    this.#others.connected();
    this.#panelsConnected();
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
    this.#stopRetry();
    this.#session.disconnected();
    this.#others.stop();
    this.desk.disconnected();
    this.#panels?.stop();
  }

  /** Settles the sends of a session, open or not. */
  #lookAt(sessionKey: string): Promise<void> {
    return sessionKey === this.#session.key ? this.#session.reload() : this.#others.look(sessionKey);
  }

  #gap(): void {
    if (this.context.gateway === null) return;
    this.#session.gap();
    this.#panels?.missed();
  }

  /** Approvals and questions that wait must be shown though nobody opened a panel. */
  #panelsConnected(): void {
    const { capabilities } = this.context.read();
    const isAsked =
      capabilities?.canApprove === true || capabilities?.canAnswer === true || this.#watches.size > 0;
    if (this.#panels !== null) this.#panels.connected();
    else if (isAsked) this.#withPanels((panels) => panels.connected());
  }

  #withPanels(task: (panels: ChatPanels) => void): void {
    const { gateway } = this.context;
    if (panelsPart.loaded !== null) return task(this.#openPanels(panelsPart.loaded));
    this.panels().then(
      (panels) => this.context.gateway === gateway && task(panels),
      (error: unknown) => this.#panelsMissing(error),
    );
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
        if (ASKING.test(frame.event)) this.#withPanels((panels) => panels.event(frame));
    }
  }

  #touched(sessionKey: string): void {
    if (sessionKey !== this.#session.key) this.#unread.add(sessionKey);
    this.#panels?.directory.changed();
  }

  #rowAppeared(payload: unknown): void {
    const parsed = parseSessionMessage(payload);
    if (!parsed.ok || parsed.value.message.role !== "user") return;
    if (canonicalKey(this.context, parsed.value.sessionKey) !== this.#session.key) return;
    this.#session.rowAppeared(sendKeyOf(parsed.value.message));
  }

  #sessionsChanged(payload: unknown): void {
    const parsed = parseSessionsChanged(payload);
    this.#panels?.directory.changed();
    if (!parsed.ok || parsed.value.sessionKey === undefined) return;
    const isOpen = canonicalKey(this.context, parsed.value.sessionKey) === this.#session.key;
    if (!isOpen) return;
    if (/reset|delete|new|compact/.test(parsed.value.reason ?? "")) this.#session.rowAppeared(null);
    else if (parsed.value.phase === "message") this.#session.rowChanged();
  }
}
