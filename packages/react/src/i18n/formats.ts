import type { Strings } from "./strings.ts";

type Kind = "time" | "day" | "year";

const OPTIONS: Record<Kind, Intl.DateTimeFormatOptions> = {
  time: { hour: "numeric", minute: "2-digit" },
  day: { weekday: "long", day: "numeric", month: "long" },
  year: { day: "numeric", month: "long", year: "numeric" },
};

// Making a formatter costs more than a row's whole rendering.
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, kind: Kind): Intl.DateTimeFormat {
  const name = `${locale} ${kind}`;
  const found = made.get(name) ?? new Intl.DateTimeFormat(locale, OPTIONS[kind]);
  made.set(name, found);
  return found;
}

const counts = new Map<string, Intl.NumberFormat>();

/** `12K`: how many of something, as short as it is true. */
export function formatCount(count: number, locale: string): string {
  const found = counts.get(locale) ?? new Intl.NumberFormat(locale, { notation: "compact" });
  counts.set(locale, found);
  return found.format(count);
}

/** Makes the formatters of a language before they are needed: a browser's first one takes it tens of milliseconds. */
export function prepareFormats(locale: string): void {
  formatter(locale, "time");
  formatter(locale, "day");
  formatCount(0, locale);
}

/** The time of day, in the reader's time zone. */
export function formatTime(at: number, locale: string): string {
  return formatter(locale, "time").format(at);
}

/** Days since the epoch on the reader's calendar, to compare with. */
export function dayNumber(at: number): number {
  const date = new Date(at);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/** `Today`, `Yesterday`, a weekday with its date, or a date with its year. */
export function formatDay(
  at: number,
  now: number,
  { chat, locale }: Pick<Strings, "chat" | "locale">,
): string {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago === 0) return chat.today;
  if (ago === 1) return chat.yesterday;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return formatter(locale, sameYear ? "day" : "year").format(at);
}
