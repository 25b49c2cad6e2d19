import { requestOver, type ChatContext } from "./chat-context.ts";

/**
 * Has the gateway tell of tools while they run, where it has to be asked to (version 3): in the sessions in which this
 * person writes, and in no others, because it is a setting of the session that stays.
 */
export class LiveTools {
  readonly #context: ChatContext;
  readonly #asked = new Set<string>();

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /** The person sends something there. */
  follow(sessionKey: string): void {
    const { gateway } = this.#context;
    const call = gateway && gateway.dialect.liveTools(sessionKey);
    if (!call || this.#context.read().capabilities?.hasLiveTools !== true) return;
    if (this.#asked.has(sessionKey)) return;
    this.#asked.add(sessionKey);
    requestOver(this.#context, call).catch(() => this.#asked.delete(sessionKey));
  }
}
