import type { GatewayProduct } from "@automna/control-plane";
import type { Usage } from "../api/usage.ts";
import type { IdentityConfig } from "../identity-variables.ts";
import type { Api } from "./api/api.ts";
import type { Gateways } from "./gateways.ts";
import type { Identify, Identity } from "./identify.ts";
import type { Launches } from "./launches.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import type { SignOuts } from "./sign-outs.ts";

/** What the server lends to the pages and API routes, which Next bundles apart from it. */
export interface WebContext {
  readonly identity: IdentityConfig;
  readonly identify: Identify;
  readonly policy: OriginPolicy;
  readonly gateways: Gateways;
  readonly launches: Launches;
  readonly signOuts: SignOuts;
  readonly api: Api;
  /** Whether somebody may see everything. */
  readonly isOperator: (identity: Identity) => boolean;
  /** What is told now to somebody who has not used anything yet. */
  readonly unusedNow: () => Usage;
  /** What runs behind every chat; `demo` is labelled on every page. */
  readonly product: GatewayProduct;
  /** The single gateway elsewhere that `/chat?token=` talks to; null: there is none. */
  readonly chatGatewayUrl: string | null;
  /** Whether the app approves the browsers of that gateway's owner. */
  readonly approvesOnChatGateway: boolean;
  /** For the server's log. */
  readonly reportError: (error: unknown) => void;
}

const KEY = Symbol.for("automna.web.context");

/** The one place where server and bundle meet: both run in this process. */
const shared: typeof globalThis & { [KEY]?: WebContext } = globalThis;

export function provideContext(context: WebContext): void {
  shared[KEY] = context;
}

/** @throws when the pages are not served by server.ts. */
export function webContext(): WebContext {
  const context = shared[KEY];
  if (!context)
    throw new Error("The app's pages need its own server: start it with `npm start`, not with `next start`.");
  return context;
}
