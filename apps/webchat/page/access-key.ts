/** Where the page keeps what its link was swapped for: this tab's, this origin's, and gone with the tab. */
const KEY = "automna-webchat:key";
/** A token is renewed when a quarter of its life is left. */
const RENEW_AT = 0.75;

/** What the page has to do with its server, once it is known. */
export type Opening =
  | { readonly kind: "open"; readonly sessionKey: string }
  /** The link is missing, was used, or has ended. */
  | { readonly kind: "needs-link" }
  | { readonly kind: "unreachable" };

export interface AccessOptions {
  readonly fetch: typeof fetch;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Told when the server takes this page's secrets no longer. */
  readonly onLocked: () => void;
}

interface Token {
  readonly token: string;
  readonly expiresAt: number;
}

type Body = Readonly<Record<string, unknown>>;

async function bodyOf(response: Response): Promise<Body> {
  const value: unknown = await response.json().catch(() => null);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function tokenOf({ token, expiresAt }: Body): Token | null {
  return typeof token === "string" && typeof expiresAt === "number" ? { token, expiresAt } : null;
}

/** Takes the ticket out of an address: `#token=` never leaves the browser, `?token=` is the older shape. */
export function takeTicket(address: string): { readonly ticket: string | null; readonly address: string } {
  const url = new URL(address);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const ticket = fragment.get("token") ?? url.searchParams.get("token");
  fragment.delete("token");
  url.searchParams.delete("token");
  url.hash = fragment.toString();
  return { ticket, address: `${url.pathname}${url.search}${url.hash}` };
}

/** Holds this page's secrets: swaps the ticket for a key, and keeps a token that has not ended. */
export class PageAccess {
  readonly #options: AccessOptions;
  #token: Token | null = null;
  #renewing: Promise<Token | null> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Asks the server whether the page may be used. */
  async open(ticket: string | null): Promise<Opening> {
    try {
      const isSwapped = ticket !== null && (await this.#swap(ticket));
      if (!isSwapped && this.#key() !== null) await this.#renew();
      const headers: Record<string, string> = this.#token
        ? { authorization: `Bearer ${this.#token.token}` }
        : {};
      const response = await this.#options.fetch("/webchat/info", { headers, cache: "no-store" });
      const { sessionKey, tokenRequired } = await bodyOf(response);
      if (!response.ok || typeof sessionKey !== "string") return { kind: "unreachable" };
      this.#isOpen = tokenRequired !== true;
      return this.#isOpen || this.#token ? { kind: "open", sessionKey } : { kind: "needs-link" };
    } catch {
      return { kind: "unreachable" };
    }
  }

  /** `fetch` with a token that is taken, as far as it can be had. */
  readonly fetch: typeof fetch = async (input, init) => {
    const isEnding = this.#token === null || Date.now() > this.#token.expiresAt;
    const token = isEnding && !this.#isOpen ? await this.#renew() : this.#token;
    const response = await this.#send(input, init, token);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    return this.#send(input, init, await this.#renew());
  };

  #send(input: RequestInfo | URL, init: RequestInit | undefined, token: Token | null): Promise<Response> {
    const headers = new Headers(init?.headers);
    if (token) headers.set("authorization", `Bearer ${token.token}`);
    return this.#options.fetch(input, { ...init, headers });
  }

  #key(): string | null {
    return this.#options.storage.getItem(KEY);
  }

  async #swap(ticket: string): Promise<boolean> {
    const response = await this.#options.fetch("/webchat/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ticket }),
    });
    const body = await bodyOf(response);
    if (!response.ok || typeof body["key"] !== "string") return false;
    this.#options.storage.setItem(KEY, body["key"]);
    this.#keep(tokenOf(body));
    return true;
  }

  #renew(): Promise<Token | null> {
    this.#renewing ??= this.#askForToken().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #askForToken(): Promise<Token | null> {
    const key = this.#key();
    if (key === null) return this.#locked();
    const headers = { authorization: `Bearer ${key}` };
    const response = await this.#options.fetch("/webchat/token", { method: "POST", headers });
    if (response.status === 401) return this.#locked();
    // Anything else says nothing about the key.
    if (response.ok) this.#keep(tokenOf(await bodyOf(response)));
    return this.#token;
  }

  #locked(): null {
    this.#options.storage.removeItem(KEY);
    this.#keep(null);
    this.#options.onLocked();
    return null;
  }

  #keep(token: Token | null): void {
    this.#token = token;
    clearTimeout(this.#timer);
    if (token === null) return;
    const ms = Math.max(1_000, (token.expiresAt - Date.now()) * RENEW_AT);
    // A server that is away for a moment is asked again by the next request.
    this.#timer = setTimeout(() => void this.#renew().catch(() => null), ms);
  }
}
