import * as v from "valibot";
import { text, url, HTTP, wholeNumber } from "./variable-kinds.ts";

const price = (about: string) =>
  v.pipe(
    v.string(),
    v.decimal("must be a number such as 2.5"),
    v.transform(Number),
    v.minValue(0, "must not be negative"),
    v.description(about),
  );

/** Variables about models: the way of gateways to them, and what people may use of the operator's. */
export const meteringVariables = {
  MODEL_RELAY_HOST: v.optional(
    text(
      "Address that the model relay listens on, where agents ask models: the operator's, counted, or by their owner's own key. Unset: loopback; with containers every address, for connections from their networks alone.",
    ),
  ),
  MODEL_RELAY_PORT: v.optional(
    wholeNumber(
      "Port of the model relay; 0 takes a free one. Unset: a free one for processes; for containers, which must find it again after a restart of the app, the second after the app's.",
      0,
      65_535,
    ),
  ),
  MODEL_RELAY_URL: v.optional(
    url(
      "Where containers reach the model relay when that is not this machine's own address on their network. Needed by a process that works for a swarm, unless it runs demos.",
      HTTP,
    ),
  ),
  MODEL_DAILY_TOKENS: v.optional(
    wholeNumber(
      "Tokens of the operator's model, read and written together, that one person's agents may use in a day by UTC; 0: no limit.",
      0,
      1_000_000_000_000,
    ),
    "0",
  ),
  MODEL_INPUT_PRICE: v.optional(
    price("US dollars for a million tokens that the model reads, for the estimates on pages."),
  ),
  MODEL_OUTPUT_PRICE: v.optional(price("US dollars for a million tokens that the model writes.")),
};

/** Agents hold no provider's key: without a way to the relay they have no model at all. */
export function relayProblems({
  DRIVER,
  ROLE,
  GATEWAY,
  GATEWAY_EGRESS,
  MODEL_RELAY_URL,
}: MeteringVariables & Readonly<Record<"DRIVER" | "ROLE" | "GATEWAY" | "GATEWAY_EGRESS", string>>): string[] {
  const works = ROLE === "all" || ROLE === "worker";
  if (DRIVER !== "swarm" || !works || GATEWAY === "demo") return [];
  const problems: string[] = [];
  if (!MODEL_RELAY_URL)
    problems.push(
      "Set MODEL_RELAY_URL: agents of a swarm ask models at an address of this process that their nodes reach, such as http://10.0.0.6:3003.",
    );
  if (GATEWAY_EGRESS === "internal")
    problems.push(
      "Set GATEWAY_EGRESS to open, and run deploy/gateway-firewall.sh on every node that takes gateways: with internal, agents of a swarm have no way out of their overlay, and so none to the model relay.",
    );
  return problems;
}

const schema = () => v.object(meteringVariables);
type MeteringVariables = v.InferOutput<ReturnType<typeof schema>>;

/** The same, as the app uses them. */
export interface MeteringConfig {
  readonly relay: {
    readonly host: string | null;
    readonly port: number | null;
    /** Origin without a trailing slash; null: this machine's own address on the containers' network. */
    readonly url: string | null;
  };
  /** null: no limit. */
  readonly dailyTokens: number | null;
  /** US dollars for a million tokens; null: nobody knows. */
  readonly prices: { readonly input: number; readonly output: number } | null;
}

export function meteringOf(env: MeteringVariables): MeteringConfig {
  const { MODEL_INPUT_PRICE: input, MODEL_OUTPUT_PRICE: output } = env;
  return {
    relay: {
      host: env.MODEL_RELAY_HOST ?? null,
      port: env.MODEL_RELAY_PORT ?? null,
      url: env.MODEL_RELAY_URL ? new URL(env.MODEL_RELAY_URL).origin : null,
    },
    dailyTokens: env.MODEL_DAILY_TOKENS === 0 ? null : env.MODEL_DAILY_TOKENS,
    prices: input === undefined && output === undefined ? null : { input: input ?? 0, output: output ?? 0 },
  };
}
