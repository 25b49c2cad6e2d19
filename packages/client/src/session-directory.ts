import {
  canonicalSessionKey,
  parseSessionChange,
  parseSessionList,
  sessionsCreate,
  sessionsDelete,
  sessionsList,
  sessionsPatch,
  sessionsReset,
  type ProtocolVersion,
  type SessionPatch,
  type SessionSummary as WireSummary,
} from "@automna/protocol";

import { canonicalKey, requestOver, type ChatContext, type LiveGateway } from "./chat-context.ts";
import type { LoadedSessions, SessionListState, SessionSummary } from "./chat-state.ts";
import type { Stop } from "./environment.ts";
import { ConnectionLostError, errorMessage } from "./errors.ts";
import { UnsupportedError } from "./refusals.ts";
import { valueOf } from "./parse-answer.ts";
import type { MessageError } from "./message.ts";
import type { ReadMarks } from "./read-marks.ts";

/** Changes come in bursts; one look at the list serves them all, milliseconds. */
const REFRESH_MS = 300;
/** The pause before the next look where changes came during one, as they do while a session streams, milliseconds. */
const BUSY_MS = 1_000;
/** How many sessions are asked for, and how many more each time. */
const PAGE = 200;

/** The list of sessions: kept current by events (version 4), or looked at again when something happened (version 3). */
export class SessionDirectory {
  readonly #context: ChatContext;
  readonly #marks: ReadMarks;
  #watchers = 0;
  #stopTimer: Stop | null = null;
  #generation = 0;
  /** The look that is going on. */
  #looking: Promise<void> | null = null;
  /** Something changed since it began. */
  #isStale = false;
  /** How many sessions are wanted: every look asks for all of them, so that what was loaded stays and stays current. */
  #wanted = PAGE;

  constructor(context: ChatContext, marks: ReadMarks) {
    this.#context = context;
    this.#marks = marks;
  }

  /** Keeps the list current until the returned function is called. */
  watch(): Stop {
    this.#watchers += 1;
    if (this.#watchers === 1) this.connected();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      this.stop();
      this.#wanted = PAGE;
    };
  }

  /** A connection is there. */
  connected(): void {
    const { gateway } = this.#context;
    if (gateway === null || this.#watchers === 0) return;
    void this.refresh();
  }

  stop(): void {
    this.#generation += 1;
    this.#looking = null;
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** The list may have changed. */
  changed(): void {
    if (this.#watchers === 0) return;
    if (this.#looking !== null) this.#isStale = true;
    else this.#lookAfter(REFRESH_MS);
  }

  #lookAfter(ms: number): void {
    this.#stopTimer ??= this.#context.environment.after(ms, () => {
      this.#stopTimer = null;
      void this.refresh();
    });
  }

  /** A session was opened: it is read. */
  opened(sessionKey: string): void {
    const { sessions } = this.#context.read();
    if (!sessions.status || sessions.status === "none" || !("items" in sessions)) return;
    const items = sessions.items.map((item) => (item.key === sessionKey ? { ...item, unread: false } : item));
    this.#context.patch({ sessions: { ...sessions, items } });
  }

  /** Loads the next sessions of a list that goes on. */
  async loadMore(): Promise<void> {
    const { sessions } = this.#context.read();
    if (!("hasMore" in sessions)) return;
    this.#wanted = sessions.items.length + PAGE;
    await this.#looking;
    await this.refresh();
  }

  /** Looks at the list: once at a time, and once more when something changed meanwhile. */
  async refresh(): Promise<void> {
    if (this.#looking !== null) return this.changed();
    const { gateway } = this.#context;
    if (gateway === null) return;
    const looking = this.#refresh(gateway, this.#generation);
    this.#looking = looking;
    await looking;
  }

  async #refresh(gateway: LiveGateway, generation: number): Promise<void> {
    this.#isStale = false;
    const state = await this.#look(gateway);
    if (generation !== this.#generation) return;
    this.#looking = null;
    if (state !== null) this.#context.patch({ sessions: state });
    if (this.#isStale) this.#lookAfter(BUSY_MS);
  }

  async #look({ dialect }: LiveGateway): Promise<SessionListState | null> {
    const former = this.#context.read().sessions;
    const items = "items" in former ? former.items : [];
    if (former.status === "none") this.#context.patch({ sessions: { status: "loading", items } });
    try {
      return { status: "ready", ...(await this.#list(dialect.protocol)) };
    } catch (error) {
      if (error instanceof ConnectionLostError) return null;
      const hasMore = "hasMore" in former;
      const told: MessageError = { kind: "unknown", message: errorMessage(error) };
      return { status: "failed", items, ...(hasMore && { hasMore }), error: told };
    }
  }

  /** As many as are wanted, in as many answers as the gateway makes of it. */
  async #list(protocol: ProtocolVersion): Promise<LoadedSessions> {
    const found = new Map<string, WireSummary>();
    // One more than is shown: version 3 does not tell whether there are more.
    const most = this.#wanted + 1;
    let offset: number | undefined = 0;
    while (offset !== undefined && found.size < most) {
      const call = sessionsList(protocol, { limit: most - found.size, ...(offset > 0 && { offset }) });
      const page = valueOf(parseSessionList(await requestOver(this.#context, call)), call.method);
      for (const item of page.sessions) found.set(item.key, item);
      offset = page.hasMore && page.sessions.length > 0 ? page.nextOffset : undefined;
    }
    const hasMore = found.size >= most;
    const items = [...found.values()].slice(0, most - 1).map((item) => this.#summary(item));
    return { items, ...(hasMore && { hasMore }) };
  }

  #summary(item: WireSummary): SessionSummary {
    const key = canonicalKey(this.#context, item.key);
    const isOpen = key === this.#context.read().sessionKey;
    if (isOpen) this.#marks.shown(key, item);
    return {
      key,
      title: item.label ?? item.displayName ?? item.derivedTitle ?? "",
      preview: item.lastMessagePreview ?? null,
      updatedAt: item.updatedAt ?? null,
      unread: !isOpen && this.#marks.isUnread(key, item),
      running: item.hasActiveRun === true,
      totalTokens: item.totalTokens ?? null,
      model: item.model === undefined ? null : [item.modelProvider, item.model].filter(Boolean).join("/"),
      thinkingLevel: item.thinkingLevel ?? null,
    };
  }

  /** Makes a session. On version 3 it comes into being with its first message. @returns its key */
  async create(): Promise<string> {
    const { gateway, environment } = this.#context;
    const name = `web-${environment.uuid().slice(0, 8)}`;
    const key = canonicalSessionKey(name, gateway?.hello.sessionDefaults);
    const call = gateway === null ? null : sessionsCreate(gateway.dialect.protocol, { key });
    if (call === null) return key;
    const change = valueOf(parseSessionChange(await requestOver(this.#context, call)), call.method);
    this.changed();
    return canonicalKey(this.#context, change.key);
  }

  async patch(sessionKey: string, patch: SessionPatch): Promise<void> {
    await requestOver(this.#context, sessionsPatch(sessionKey, patch));
    this.changed();
  }

  async reset(sessionKey: string): Promise<void> {
    if (this.#context.read().capabilities?.canReset === false) {
      throw new UnsupportedError(
        "Resetting a session needs admin rights on this gateway. Send /reset instead.",
      );
    }
    await requestOver(this.#context, sessionsReset(sessionKey));
    this.changed();
  }

  async delete(sessionKey: string): Promise<void> {
    await requestOver(this.#context, sessionsDelete(sessionKey));
    this.#marks.settled(sessionKey);
    this.changed();
  }
}
