import type { ModelUsageTotals, PersonUsage } from "@automna/control-plane/database";
import type { Usage, UsedTokens } from "../api/usage.ts";
import type { MeteringConfig } from "../metering-variables.ts";

type Metering = Pick<MeteringConfig, "dailyTokens" | "prices">;

const MILLION = 1_000_000;
const DAY_MS = 86_400_000;

/** What was used, with what it costs by the operator's prices. */
export function priced(
  { requests, inputTokens, outputTokens }: ModelUsageTotals,
  { prices }: Metering,
): UsedTokens {
  const cost = prices && (inputTokens * prices.input + outputTokens * prices.output) / MILLION;
  return { requests, inputTokens, outputTokens, cost };
}

const NOTHING: ModelUsageTotals = { requests: 0, inputTokens: 0, outputTokens: 0 };

/** What is told to somebody who has not used anything yet. */
export function unusedView(metering: Metering, now: number): Usage {
  return usageView({ today: NOTHING, month: NOTHING }, "operator", metering, now);
}

/** A person's use as they may see it. */
export function usageView(
  { today, month }: PersonUsage,
  paidBy: Usage["paidBy"],
  metering: Metering,
  now: number,
): Usage {
  const { dailyTokens } = metering;
  const left = Math.max(0, (dailyTokens ?? 0) - today.inputTokens - today.outputTokens);
  const renewsAt = new Date(Math.floor(now / DAY_MS + 1) * DAY_MS).toISOString();
  return {
    paidBy,
    today: priced(today, metering),
    month: priced(month, metering),
    budget: dailyTokens === null ? null : { dailyTokens, left, renewsAt },
  };
}
