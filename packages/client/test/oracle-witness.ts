import { parseHistory } from "@automna/protocol";
import {
  createSessionProjection,
  reduceSessionProjection,
  reduceSessionProjectionRunEvent,
  type SessionProjectionState,
} from "@openclaw/gateway-client/browser";

import type { Message, TransportFactory } from "../src/index.ts";
import { isInternalRow } from "../src/stored-rows.ts";
import { SESSION } from "./chat-rig.ts";
import type { Witness } from "./trace.ts";

type Payload = Readonly<Record<string, unknown>>;

/** The texts of rows that are for people. */
export function textsOfRows(messages: readonly unknown[]): string[] {
  const parsed = parseHistory({ sessionKey: SESSION, messages });
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value.messages
    .filter((row) => !isInternalRow(row) && (row.role === "user" || row.role === "assistant"))
    .flatMap((row) =>
      row.content.flatMap((block) => (block.type === "text" && block.text !== "" ? block.text : [])),
    );
}

/** The texts of messages that the gateway has. */
export function textsOfMessages(messages: readonly Message[]): string[] {
  return messages
    .filter(({ stored, role }) => stored && role !== "system")
    .flatMap(({ parts }) => parts.flatMap((part) => (part.type === "text" ? part.text : [])));
}

/** How the two ended. */
export interface Verdict {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** Runs that theirs still shows as being written. */
  readonly streaming: number;
  /** Frames were lost on the way: theirs has no rule for that but to be told by its host. */
  readonly hadGap: boolean;
}

/** The gateway makers' own projection, fed with what our client gets over the wire. */
export class OracleWitness implements Witness {
  verdict: Verdict | null = null;
  #theirs: SessionProjectionState = createSessionProjection({ sessionKey: SESSION });
  #hadGap = false;
  #lastSeq: number | null = null;
  /** The newest question for the history; answers to older ones are dropped by any host. */
  #history: string | null = null;

  readonly wiretap = (transport: TransportFactory): TransportFactory => {
    return (url, listener) => {
      const inner = transport(url, {
        ...listener,
        open: () => {
          this.#lastSeq = null;
          this.#history = null;
          this.#theirs = reduceSessionProjection(this.#theirs, { type: "reconnected", sessionKey: SESSION });
          listener.open();
        },
        frame: (text) => {
          this.#received(JSON.parse(text));
          listener.frame(text);
        },
        close: (close) => listener.close(close),
      });
      return {
        send: (text) => {
          this.#sent(JSON.parse(text));
          return inner.send(text);
        },
        close: (code, reason) => inner.close(code, reason),
      };
    };
  };

  reloaded(): void {
    this.#theirs = createSessionProjection({ sessionKey: SESSION });
    this.#hadGap = false;
  }

  atRest(messages: readonly Message[]): void {
    this.verdict = {
      ours: textsOfMessages(messages),
      theirs: textsOfRows(this.#theirs.messages),
      streaming: Object.values(this.#theirs.runs).filter((run) => run?.status === "streaming").length,
      hadGap: this.#hadGap,
    };
  }

  #sent({ id, method, params }: { id: string; method: string; params?: Payload }): void {
    const isLatest = method === "chat.history" && params?.["offset"] === undefined;
    if (isLatest && params?.["sessionKey"] === SESSION) this.#history = id;
  }

  #received(frame: { type: string; id: string; event: string; seq?: number; payload: Payload }): void {
    const { type, payload, seq } = frame;
    if (type === "res") {
      if (this.#history !== frame.id || !Array.isArray(payload?.["messages"])) return;
      const messages: readonly unknown[] = payload["messages"];
      this.#theirs = reduceSessionProjection(this.#theirs, {
        type: "snapshotLoaded",
        sessionKey: SESSION,
        messages,
      });
      return;
    }
    if (seq !== undefined) {
      if (this.#lastSeq !== null && seq !== this.#lastSeq + 1) this.#hadGap = true;
      this.#lastSeq = seq;
    }
    if (frame.event === "chat" && payload["sessionKey"] === SESSION) {
      const next = reduceSessionProjectionRunEvent(this.#theirs, payload, { sessionKey: SESSION });
      this.#theirs = next?.projection ?? this.#theirs;
    }
  }
}
