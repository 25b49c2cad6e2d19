import {
  isShortened,
  isTerminal,
  parseAgentEvent,
  parseChatEvent,
  type AgentEvent,
  type ChatEvent,
  type EventFrame,
} from "@automna/protocol";

import { canonicalKey, requestOver, type ChatContext, type LiveGateway } from "./chat-context.ts";
import type { SoughtSend } from "./dialect.ts";
import type { Stop } from "./environment.ts";
import { errorMessage } from "./errors.ts";
import { DEBOUNCE_MS, HistoryLoader } from "./history-loader.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import { hasContent } from "./live-run.ts";
import { OlderPages } from "./older-pages.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import type { SendDesk } from "./send-desk.ts";
import {
  activeRuns,
  awaitsHistory,
  emptyProjection,
  heardRuns,
  knowsRun,
  type Projection,
  type ProjectionEvent,
} from "./projection-state.ts";
import { reduceProjection } from "./projection.ts";
import { QUIET_RUN_MS, QuietRuns, silentSend } from "./quiet-runs.ts";
import type { ReadMarks } from "./read-marks.ts";
import { viewOf } from "./session-view.ts";
import { answeredSends } from "./stored-rows.ts";

/** The open session: it feeds the one reducer and runs what the reducer's state asks for. */
export class ChatSession {
  readonly key: string;
  readonly #context: ChatContext;
  readonly #desk: SendDesk;
  readonly #marks: ReadMarks;
  readonly #pageSize: number;
  readonly #loader: HistoryLoader;
  #projection: Projection;
  #stopQuiet: Stop | null = null;
  readonly #quietRuns = new QuietRuns();
  /** Of what is shown without a row, the sends that were found stored before the present look was asked for. */
  #seenSends: readonly string[] = [];
  readonly #older: OlderPages;
  #isOpen = true;
  /** It was open before, and which of its runs ended since is not known. */
  #isFromBefore: boolean;

  /** @param options `kept`: what was known when the session was left */
  constructor(
    context: ChatContext,
    { desk, marks }: { readonly desk: SendDesk; readonly marks: ReadMarks },
    { key, pageSize, kept }: { readonly key: string; readonly pageSize: number; readonly kept?: Projection },
  ) {
    this.key = key;
    this.#context = context;
    this.#desk = desk;
    this.#marks = marks;
    this.#pageSize = pageSize;
    this.#isFromBefore = kept !== undefined;
    this.#projection = kept ?? emptyProjection(context.gateway?.dialect.protocol);
    this.#loader = new HistoryLoader(context, {
      query: () => ({
        sessionKey: key,
        limit: this.#limit(),
        sends: this.#unsettledSends(),
      }),
      mark: () => this.#projection.counter,
      loaded: (snapshot, mark) => this.#loaded(snapshot, mark),
      failed: (error) => this.#failed(error),
      isWaiting: () => awaitsHistory(this.#projection),
      gaveUp: (requestedAt) => this.dispatch({ type: "history-final", requestedAt }),
    });
    this.#older = new OlderPages(context, {
      sessionKey: key,
      pageSize,
      projection: () => this.#projection,
      loaded: (snapshot) => this.dispatch({ type: "older-loaded", snapshot }),
      changed: () => this.#publish(),
    });
    for (const entry of desk.entriesOf(key)) this.#reduce({ type: "send-changed", entry });
    this.#publish();
  }

  get projection(): Projection {
    return this.#projection;
  }

  /** Applies an event and shows what it changed. */
  dispatch(event: ProjectionEvent): void {
    if (!this.#isOpen) return;
    const former = this.#projection;
    this.#reduce(event);
    if (this.#projection.transcript !== former.transcript || this.#projection.runs !== former.runs)
      this.#publish();
  }

  /** A connection is there. */
  connected(gateway: LiveGateway, sameBoot: boolean): void {
    this.#loader.stop();
    const { protocol } = gateway.dialect;
    if (this.#isFromBefore)
      for (const { runId } of activeRuns(this.#projection)) this.dispatch({ type: "run-restarted", runId });
    this.dispatch({ type: "connected", protocol, sameBoot: sameBoot || this.#isFromBefore });
    this.#isFromBefore = false;
    const mayApprove = this.#context.read().capabilities?.canApprove === true;
    for (const call of gateway.dialect.subscriptions(this.key, mayApprove)) {
      // Without a subscription events still come to every operator; only finer ones are missing.
      requestOver(this.#context, call).catch(() => {});
    }
    if (this.#projection.rows === null) this.#context.patch({ history: { status: "loading" } });
    void this.#loader.look();
  }

  /** The connection went away. */
  disconnected(): void {
    this.#loader.stop();
    this.#older.stop();
    this.#stopQuiet?.();
    this.#stopQuiet = null;
    this.#quietRuns.clear();
  }

  /** Another session is opened: nothing of this one may show up any more. @returns what is known of it */
  leave(): Projection {
    this.disconnected();
    this.#isOpen = false;
    const { gateway } = this.#context;
    for (const call of gateway?.dialect.unsubscriptions(this.key) ?? []) {
      requestOver(this.#context, call).catch(() => {});
    }
    return this.#projection;
  }

  /** Looks at the history now. */
  reload(): Promise<void> {
    return this.#loader.look();
  }

  /** Frames were lost. */
  gap(): void {
    this.dispatch({ type: "gap" });
    this.#loader.plan(0);
  }

  /** A `chat` or `agent` event of any session. @returns the session's key when it is another one */
  event(frame: EventFrame): string | null {
    return frame.event === "chat" ? this.#chat(frame.payload) : this.#agent(frame.payload);
  }

  #chat(payload: unknown): string | null {
    const parsed = parseChatEvent(payload);
    if (!parsed.ok) return null;
    const event = parsed.value;
    const key = this.#canonical(event.sessionKey);
    if (key !== this.key) {
      const isEmpty = event.state === "final" && event.message === undefined;
      if (isTerminal(event)) this.#desk.runEnded(event.runId, isEmpty);
      return key;
    }
    const wasKnown = knowsRun(this.#projection, event.runId);
    if (isTerminal(event)) this.#runEnded(event);
    this.dispatch({ type: "chat", event });
    // A run that goes on is watched already.
    if (isTerminal(event) || this.#stopQuiet === null) this.#watchQuiet();
    // A run that nobody here started answers a message that nobody here has seen.
    if (isTerminal(event) || (!wasKnown && !this.#desk.has(event.runId))) this.#loader.plan(DEBOUNCE_MS);
    return null;
  }

  #runEnded(event: ChatEvent): void {
    const run = this.#projection.runs.find(({ runId }) => runId === event.runId);
    const isEmpty =
      event.state === "final" && event.message === undefined && (run === undefined || !hasContent(run));
    // An end without a word may only mean that the message was put behind a running one, heard of or not.
    this.#desk.runEnded(event.runId, isEmpty);
  }

  #agent(payload: unknown): string | null {
    // Version 3 sends the whole text with every token; `chat` events say the same a few times a second.
    if (
      typeof payload === "object" &&
      payload !== null &&
      "stream" in payload &&
      payload.stream === "assistant"
    ) {
      return null;
    }
    const parsed = parseAgentEvent(payload);
    if (!parsed.ok) return null;
    const event = parsed.value;
    if (!this.#isMine(event)) return null;
    this.dispatch({ type: "agent", event });
    this.#watchQuiet();
    if (event.stream === "lifecycle" && (event.phase === "end" || event.phase === "error")) {
      this.#loader.plan(DEBOUNCE_MS);
    }
    return null;
  }

  #isMine(event: AgentEvent): boolean {
    if (event.sessionKey === undefined)
      return this.#projection.runs.some(({ runId }) => runId === event.runId);
    return this.#canonical(event.sessionKey) === this.key;
  }

  /** Most events name this session as it is named here. */
  #canonical(sessionKey: string): string {
    return sessionKey === this.key ? sessionKey : canonicalKey(this.#context, sessionKey);
  }

  /** Someone else wrote into this session. */
  rowAppeared(sendId: string | null): void {
    if (sendId === null || !this.#desk.has(sendId)) this.#loader.plan(DEBOUNCE_MS);
  }

  /** A stored row says something else now: OpenClaw adds a reply's pictures after the run's end. */
  rowChanged(): void {
    // A run that goes on has an end, at which the history is looked at anyhow.
    if (activeRuns(this.#projection).length === 0) this.#loader.plan(DEBOUNCE_MS);
  }

  /** Loads the page before the oldest row. */
  loadOlder(): Promise<void> {
    return this.#older.load();
  }

  /** Fetches the whole of what the gateway shortened in a message. */
  async loadFull(rowIds: readonly string[]): Promise<void> {
    const { gateway } = this.#context;
    if (gateway === null) return;
    let failure: unknown;
    for (const { id, row: shown } of this.#projection.rows ?? []) {
      if (!rowIds.includes(id) || !isShortened(shown)) continue;
      try {
        const row = await gateway.dialect.fullRow((call) => requestOver(this.#context, call), this.key, id);
        if (row !== null) this.dispatch({ type: "row-loaded", rowId: id, row });
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** An own send changed. */
  sendChanged(entry: OutboxEntry): void {
    if (entry.sessionKey !== this.key) return;
    this.#reduce({ type: "send-changed", entry });
    this.#publish();
    this.#watchQuiet();
  }

  #reduce(event: ProjectionEvent): void {
    this.#projection = reduceProjection(this.#projection, event);
  }

  /** Version 3 knows no pages, so the latest page must not be shorter than what was loaded by looking back. */
  #limit(): number {
    const loaded = this.#projection.rows?.length ?? 0;
    return this.#projection.protocol === 3 ? Math.max(this.#pageSize, loaded) : this.#pageSize;
  }

  #unsettledSends(): readonly SoughtSend[] {
    const waiting = this.#desk.sought(this.key);
    const isWaiting = (id: string) => waiting.some(({ sendId }) => sendId === id);
    this.#seenSends = this.#projection.sends.flatMap(({ entry: { sendId }, anchor }) =>
      anchor === undefined && !isWaiting(sendId) ? sendId : [],
    );
    const shown = this.#projection.sends.map(({ entry: { sendId, text, after } }) => {
      return { sendId, text, after, isCarried: false };
    });
    return [...shown.filter(({ sendId }) => !isWaiting(sendId)), ...waiting];
  }

  #loaded(snapshot: HistorySnapshot, requestedAt: number): void {
    if (!this.#isOpen) return;
    this.#reduce({ type: "history-loaded", snapshot, requestedAt });
    this.#forgetSeenSends();
    const running = heardRuns(this.#projection).map(({ runId }) => runId);
    this.#desk.settle(this.key, {
      found: new Set([...snapshot.foundSends, ...this.#storedSends()]),
      held: new Set([...snapshot.heldSends, ...running]),
      answered: this.#answeredSends(),
      unreached: snapshot.unreachedSends,
      provedByWords: snapshot.provedByWords,
      userRows: snapshot.userRows,
      isBusy: running.length > 0 || this.#silentSend() !== null,
    });
    if (snapshot.session) this.#marks.shown(this.key, snapshot.session);
    this.#publish();
    this.#watchQuiet();
  }

  /** What an earlier look found stored, and this one does not show, is on an earlier page or went with a reset. */
  #forgetSeenSends(): void {
    for (const sendId of this.#seenSends)
      if (this.#projection.sends.some(({ entry, anchor }) => entry.sendId === sendId && anchor === undefined))
        this.#reduce({ type: "send-discarded", sendId });
  }

  #storedSends(): string[] {
    return this.#projection.placed.flatMap(({ sendId }) => sendId ?? []);
  }

  #answeredSends(): ReadonlySet<string> {
    const { rows, memory } = this.#projection;
    const all = rows ?? [];
    return answeredSends(
      all.map(({ row }) => row),
      (index) => memory.links[all[index]?.id ?? ""],
    );
  }

  /** What an agent may be working at without being heard of on this page. */
  #silentSend(): OutboxEntry | null {
    const { gateway, environment } = this.#context;
    const entries = this.#desk.entriesOf(this.key);
    const isTold = this.#projection.rows === null || activeRuns(this.#projection).length > 0;
    if (gateway === null || entries.length === 0 || isTold) return null;
    return silentSend(entries, gateway, { answered: this.#answeredSends(), now: environment.now() });
  }

  #failed(error: unknown): void {
    if (!this.#isOpen) return;
    this.#desk.unblock(this.key);
    if (this.#projection.rows !== null) return;
    this.#context.patch({
      history: { status: "failed", error: { kind: "unknown", message: errorMessage(error) } },
    });
  }

  #watchQuiet(): void {
    const isIdle = activeRuns(this.#projection).length === 0 && !this.#desk.isWaiting(this.key);
    if (isIdle || this.#context.gateway === null || !this.#isOpen) {
      this.#stopQuiet?.();
      this.#stopQuiet = null;
      return;
    }
    if (this.#stopQuiet !== null) return;
    const counter = this.#projection.counter;
    this.#stopQuiet = this.#context.environment.after(QUIET_RUN_MS, () => {
      this.#stopQuiet = null;
      if (this.#projection.counter === counter) this.#loader.plan(0);
      // Version 4 says which runs go on.
      const isTold = this.#projection.protocol === 4;
      const lost = isTold ? [] : this.#quietRuns.waited(activeRuns(this.#projection));
      for (const runId of lost) this.dispatch({ type: "run-gone", runId });
      this.#watchQuiet();
    });
  }

  #publish(): void {
    if (!this.#isOpen) return;
    const view = {
      loadingOlder: this.#older.isLoading,
      isOwn: (runId: string) => this.#desk.isOwn(runId),
      silent: this.#silentSend(),
    };
    this.#context.patch(viewOf(this.#projection, this.#context.read(), view));
  }
}
