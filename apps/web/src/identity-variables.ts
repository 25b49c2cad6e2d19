import * as v from "valibot";
import { isLoopback } from "./loopback.ts";
import { HTTP, text, url } from "./variable-kinds.ts";

/** Variables about who the app's people are. */
export const identityVariables = {
  CLERK_PUBLISHABLE_KEY: v.optional(
    text("Clerk's publishable key. Set both keys, or neither for one local user."),
  ),
  CLERK_SECRET_KEY: v.optional(text("Clerk's secret key.")),
  CLERK_JWT_KEY: v.optional(
    text("Clerk's public key in PEM form: sessions are then checked without asking Clerk's servers."),
  ),
  CLERK_PROXY_URL: v.optional(url("Clerk's Frontend API, when it is reached through a proxy.", HTTP)),
  CLERK_JS_URL: v.optional(url("Another address for Clerk's browser script.", HTTP)),
  CLERK_UI_URL: v.optional(url("Another address for Clerk's component script.", HTTP)),
};

/** Keys and addresses of Clerk; there is no app with half of them. */
export interface ClerkConfig {
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly jwtKey: string | undefined;
  readonly proxyUrl: string | undefined;
  readonly jsUrl: string | undefined;
  readonly uiUrl: string | undefined;
}

/** Who the app's people are: Clerk's users, or the one person at this machine. */
export type IdentityConfig =
  | { readonly kind: "local" }
  | { readonly kind: "clerk"; readonly clerk: ClerkConfig };

interface Given {
  readonly CLERK_PUBLISHABLE_KEY?: string | undefined;
  readonly CLERK_SECRET_KEY?: string | undefined;
  readonly CLERK_JWT_KEY?: string | undefined;
  readonly CLERK_PROXY_URL?: string | undefined;
  readonly CLERK_JS_URL?: string | undefined;
  readonly CLERK_UI_URL?: string | undefined;
  readonly PUBLIC_URL?: string | undefined;
  readonly HOST: string;
}

export function identityOf(env: Given): IdentityConfig {
  const { CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_SECRET_KEY: secretKey } = env;
  if (!publishableKey || !secretKey) return { kind: "local" };
  return {
    kind: "clerk",
    clerk: {
      publishableKey,
      secretKey,
      jwtKey: env.CLERK_JWT_KEY,
      proxyUrl: env.CLERK_PROXY_URL,
      jsUrl: env.CLERK_JS_URL,
      uiUrl: env.CLERK_UI_URL,
    },
  };
}

/** Who may reach the app has to fit who its people are. */
export function identityProblems(env: Given): string[] {
  const keys = [env.CLERK_PUBLISHABLE_KEY, env.CLERK_SECRET_KEY].filter(Boolean).length;
  if (keys === 1) return ["Set both CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY, or neither."];
  return keys === 0 ? localProblems(env) : publicProblems(env);
}

/** Without Clerk whoever reaches the app is its one user, so nobody else may reach it. */
function localProblems(env: Given): string[] {
  const problems: string[] = [];
  if (!isLoopback(env.HOST))
    problems.push(
      `HOST is ${env.HOST}, and without Clerk keys everyone who reaches the app is its user: set HOST to localhost, or set CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY.`,
    );
  if (env.PUBLIC_URL && !isLoopback(new URL(env.PUBLIC_URL).hostname))
    problems.push(
      "PUBLIC_URL is not on this machine: that needs CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY.",
    );
  return problems;
}

function publicProblems(env: Given): string[] {
  if (!env.PUBLIC_URL)
    return isLoopback(env.HOST)
      ? []
      : ["Set PUBLIC_URL to the address that browsers use, such as https://chat.example.com."];
  const { protocol, hostname } = new URL(env.PUBLIC_URL);
  return protocol === "https:" || isLoopback(hostname)
    ? []
    : ["PUBLIC_URL must start with https://: sessions and tokens would travel in clear."];
}
