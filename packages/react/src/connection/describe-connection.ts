import { connectionSentence, type ConnectionState } from "@automna/client";

import type { Strings } from "../i18n/strings.ts";

/** What a person should know about the connection. `null` means: nothing, all is well. */
export interface ConnectionNotice {
  readonly tone: "progress" | "waiting" | "attention" | "problem";
  readonly title: string;
  readonly detail: string | null;
  /** Milliseconds since the epoch of the next attempt. */
  readonly retryAt: number | null;
  /** The pairing request that waits for approval. */
  readonly requestId: string | null;
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

/** Whole seconds until `retryAt`, never negative. */
export function secondsUntil(retryAt: number, now: number): number {
  return Math.max(0, Math.round((retryAt - now) / 1000));
}

/** From here on nobody waits for the second. */
const LONG_WAIT_S = 600;

/** `4 s`, `2 min 30 s`, `12 min`: as short as it is true. */
export function formatSeconds(seconds: number, locale: string): string {
  const inUnit = (value: number, unit: "minute" | "second") =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(value);
  if (seconds < 90) return inUnit(seconds, "second");
  if (seconds >= LONG_WAIT_S) return inUnit(Math.round(seconds / 60), "minute");
  const rest = seconds % 60;
  const minutes = inUnit(Math.floor(seconds / 60), "minute");
  return rest === 0 ? minutes : `${minutes} ${inUnit(rest, "second")}`;
}
