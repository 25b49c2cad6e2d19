import { connectionSentence, type ConnectionState } from "@automna/client";

import type { Strings } from "../i18n/strings.ts";

/** What a person should know about the connection. `null` means: nothing, all is well. */
export interface ConnectionNotice {
  /** `progress` and `waiting` end by themselves; `attention` waits for an approval, `problem` for the person. */
  readonly tone: "progress" | "waiting" | "attention" | "problem";
  /** What happened, in a few words. */
  readonly title: string;
  /** What to do about it. */
  readonly detail: string | null;
  /** Milliseconds since the epoch of the next attempt. */
  readonly retryAt: number | null;
  /** The pairing request that waits for approval. */
  readonly requestId: string | null;
  /** `reconnect()` would try now. */
  readonly canReconnect: boolean;
}

/** Says a sentence about a connection; `""` where there is nothing to say or the words are not here yet. */
export type SayConnection = (state: ConnectionState) => string;

const QUIET = { detail: null, retryAt: null, requestId: null, canReconnect: false } as const;

/**
 * Puts a connection state into words, translated by its stable code. What a translation does not know, the client's own
 * sentence says.
 *
 * @param everConnected `true` after the first hello-ok: then connecting is reconnecting
 * @param strings a catalogue, such as `en`
 *
 * @example
 * ```ts
 * import { describeConnection, en } from "@automna/react";
 *
 * const notice = describeConnection({ status: "closed" }, true, en);
 * notice?.title; // "The connection is closed."
 * ```
 */
export function describeConnection(
  state: ConnectionState,
  everConnected: boolean,
  strings: Pick<Strings, "connection">,
): ConnectionNotice | null {
  return noticeOf(state, everConnected, strings, connectionSentence);
}

/** {@link describeConnection} with somebody else's sentences for what a translation does not know. */
export function noticeOf(
  state: ConnectionState,
  everConnected: boolean,
  { connection: words }: Pick<Strings, "connection">,
  say: SayConnection,
): ConnectionNotice | null {
  const trying = everConnected ? words.reconnecting : words.connecting;
  switch (state.status) {
    case "idle":
    case "ready":
      return null;
    case "connecting":
      return { ...QUIET, tone: "progress", title: trying };
    case "authenticating":
      return { ...QUIET, tone: "progress", title: everConnected ? words.reconnecting : words.authenticating };
    case "waiting":
      return {
        ...QUIET,
        tone: "waiting",
        title: words.advice?.[state.reason.code] ?? (say(state) || trying),
        retryAt: state.retryAt,
        canReconnect: true,
      };
    case "pairing":
      return {
        tone: "attention",
        title: words.pairingTitle,
        detail: words.pairingHelp,
        retryAt: state.retryAt,
        requestId: state.requestId,
        canReconnect: true,
      };
    case "failed":
      return {
        ...QUIET,
        tone: "problem",
        title: words.failed,
        detail: words.advice?.[state.advice.code] ?? (say(state) || null),
        canReconnect: true,
      };
    case "closed":
      return { ...QUIET, tone: "problem", title: words.closed, canReconnect: true };
  }
}

/**
 * Whole seconds until `retryAt`, never negative.
 *
 * @param retryAt milliseconds since the epoch, as in {@link ConnectionNotice.retryAt}
 * @param now milliseconds since the epoch
 *
 * @example
 * ```ts
 * import { secondsUntil } from "@automna/react";
 *
 * secondsUntil(1_700_000_002_600, 1_700_000_000_000); // 3
 * ```
 */
export function secondsUntil(retryAt: number, now: number): number {
  return Math.max(0, Math.round((retryAt - now) / 1000));
}

/** From here on nobody waits for the second. */
const LONG_WAIT_S = 600;

/**
 * A time to wait, as short as it is true: seconds up to a minute and a half, minutes alone from ten on.
 *
 * @param seconds whole seconds
 * @param locale BCP 47 tag, such as {@link Strings.locale}
 * @throws {RangeError} when the tag is malformed
 *
 * @example
 * ```ts
 * import { formatSeconds } from "@automna/react";
 *
 * formatSeconds(4, "en"); // "4 sec"
 * formatSeconds(150, "en"); // "2 min 30 sec"
 * formatSeconds(720, "de"); // "12 Min."
 * ```
 */
export function formatSeconds(seconds: number, locale: string): string {
  const inUnit = (value: number, unit: "minute" | "second") =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(value);
  if (seconds < 90) return inUnit(seconds, "second");
  if (seconds >= LONG_WAIT_S) return inUnit(Math.round(seconds / 60), "minute");
  const rest = seconds % 60;
  const minutes = inUnit(Math.floor(seconds / 60), "minute");
  return rest === 0 ? minutes : `${minutes} ${inUnit(rest, "second")}`;
}
