import type * as PanelsModule from "./chat-panels.ts";
import { backoffDelay } from "./backoff.ts";
import type { ChatContext } from "./chat-context.ts";
import type { ChatPanels } from "./chat-panels.ts";
import { panelsPart } from "./chat-parts.ts";
import type { Stop } from "./environment.ts";
import { errorMessage } from "./errors.ts";
import type { ReadMarks } from "./read-marks.ts";

/** What stands beside the conversation, loaded when it is first asked for. */
export class LazyPanels {
  readonly #context: ChatContext;
  readonly #marks: ReadMarks;
  readonly #isStarted: () => boolean;
  #panels: ChatPanels | null = null;
  /** Who wants the list of sessions; without `stop` it waits for the panels. */
  readonly #watches = new Set<{ stop: Stop | null }>();
  #stopRetry: Stop = () => {};
  #failures = 0;

  /** @param isStarted whether the chat is in use */
  constructor(context: ChatContext, marks: ReadMarks, isStarted: () => boolean) {
    this.#context = context;
    this.#marks = marks;
    this.#isStarted = isStarted;
  }

  /** Where they are here already. */
  get loaded(): ChatPanels | null {
    return this.#panels;
  }

  async load(): Promise<ChatPanels> {
    return this.#panels ?? this.#open(panelsPart.loaded ?? (await panelsPart.load()));
  }

  #open(part: typeof PanelsModule): ChatPanels {
    this.#panels ??= new part.ChatPanels(this.#context, this.#marks);
    this.#failures = 0;
    for (const watch of this.#watches) watch.stop ??= this.#panels.directory.watch();
    return this.#panels;
  }

  /** Keeps the list of sessions current until the returned function is called, as soon as the panels are here. */
  watchSessions(): Stop {
    const watch: { stop: Stop | null } = { stop: null };
    this.#watches.add(watch);
    this.with(() => {});
    return () => {
      this.#watches.delete(watch);
      watch.stop?.();
      watch.stop = null;
    };
  }

  /** A connection is there. Approvals and questions that wait must be shown though nobody opened a panel. */
  connected(): void {
    const { capabilities } = this.#context.read();
    const isAsked =
      capabilities?.canApprove === true || capabilities?.canAnswer === true || this.#watches.size > 0;
    if (this.#panels !== null) this.#panels.connected();
    else if (isAsked) this.with((panels) => panels.connected());
  }

  disconnected(): void {
    this.#stopRetry();
    this.#panels?.stop();
  }

  /** Does something with the panels: now, or when they are here, on the same connection. */
  with(task: (panels: ChatPanels) => void): void {
    const { gateway } = this.#context;
    if (panelsPart.loaded !== null) return task(this.#open(panelsPart.loaded));
    this.load().then(
      (panels) => this.#context.gateway === gateway && task(panels),
      (error: unknown) => this.#missing(error),
    );
  }

  /** Without the panels the conversation goes on; whoever wants the list of sessions is told, and it is tried again. */
  #missing(error: unknown): void {
    const { environment } = this.#context;
    if (this.#watches.size > 0)
      this.#context.patch({
        sessions: { status: "failed", items: [], error: { kind: "unknown", message: errorMessage(error) } },
      });
    this.#stopRetry();
    if (!this.#isStarted()) return;
    this.#failures += 1;
    const ms = backoffDelay(this.#failures + 2, environment.random());
    this.#stopRetry = environment.after(ms, () => this.connected());
  }
}
