import type { Usage, UsedTokens } from "../api/usage.ts";
import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";

/** What was used, in words: how much was read and written, and what that costs where prices are known. */
export function usedTexts(
  { requests, inputTokens, outputTokens, cost }: UsedTokens,
  strings: Strings,
): string[] {
  const { usage, locale } = strings;
  const number = new Intl.NumberFormat(locale);
  return [
    fill(usage.tokens, { count: number.format(inputTokens + outputTokens) }),
    fill(usage.parts, { input: number.format(inputTokens), output: number.format(outputTokens) }),
    fill(usage.answers, { count: number.format(requests) }),
    ...(cost === null ? [] : [fill(usage.cost, { amount: dollars(cost, locale) })]),
  ];
}

/** How much of the day's budget is left, and when it is renewed; `null` without one. */
export function budgetText({ budget }: Usage, { usage, locale }: Strings): string | null {
  if (budget === null) return null;
  const { dailyTokens, left, renewsAt } = budget;
  const number = new Intl.NumberFormat(locale);
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(Date.parse(renewsAt));
  return fill(left === 0 ? usage.budgetUsedUp : usage.budget, {
    left: number.format(left),
    limit: number.format(dailyTokens),
    time,
  });
}

/** Small sums of money are shown to the tenth of a cent. */
function dollars(amount: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: "USD",
    maximumFractionDigits: amount > 0 && amount < 1 ? 4 : 2,
  }).format(amount);
}
