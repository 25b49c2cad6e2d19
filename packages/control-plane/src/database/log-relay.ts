import { createHash } from "node:crypto";
import { systemClock } from "../clock.ts";
import { type ChannelOptions, followChannel } from "./channel.ts";
import type { Database } from "./client.ts";
import { LogPieces, logPieces, parseQuestion, questionOf } from "./log-pieces.ts";

interface LogRelayOptions extends ChannelOptions {
  readonly database: Database;
}

/** What gateways write, as far as a process knows that runs none of them. */
interface LogMirror {
  /** The last lines that were heard of. Asking is what keeps them coming: each call asks again, once a second at most. */
  lines(instanceId: string): readonly string[];
  close(): Promise<void>;
}

interface Watched {
  lines: readonly string[];
  /** Names these lines, so that nobody tells them twice. */
  digest: string;
  askedAt: number;
  readonly pieces: LogPieces;
}

const QUESTIONS = "automna_log_asked";
const ANSWERS = "automna_log_told";
const ASK_EVERY_MS = 900;
const FORGET_AFTER_MS = 30_000;
const LINES = 200;

/** Asks whoever works, over the database. Lines pass through it and are stored nowhere. */
export function mirrorLogs({ database, clock = systemClock, ...options }: LogRelayOptions): LogMirror {
  const watched = new Map<string, Watched>();
  const answers = followChannel(ANSWERS, { ...options, clock });
  answers.subscribe((payload) => {
    for (const [id, log] of watched) {
      const whole = payload === null ? null : log.pieces.add(id, payload);
      if (whole) Object.assign(log, whole);
    }
  });
  const ask = (id: string, { digest }: Watched) =>
    tell(database, QUESTIONS, [questionOf(id, digest)]).catch((error: unknown) => options.onError?.(error));
  return {
    lines(instanceId) {
      const now = clock.now();
      for (const [id, { askedAt }] of watched)
        if (now - askedAt > FORGET_AFTER_MS && id !== instanceId) watched.delete(id);
      const log: Watched = watched.get(instanceId) ?? {
        lines: [],
        digest: "",
        askedAt: Number.NEGATIVE_INFINITY,
        pieces: new LogPieces(),
      };
      watched.set(instanceId, log);
      if (now - log.askedAt >= ASK_EVERY_MS) {
        log.askedAt = now;
        void ask(instanceId, log);
      }
      return log.lines;
    },
    close: () => answers.close(),
  };
}

interface LogAnswersOptions extends LogRelayOptions {
  /** The last lines of a gateway's output, secrets replaced; none when it does not run here. */
  readonly logs: (instanceId: string, lines: number) => Promise<readonly string[]>;
}

/** Tells those who ask for it what gateways write. What an asker has already is not told again. */
export function answerLogQuestions({ database, logs, clock = systemClock, ...options }: LogAnswersOptions): {
  close(): Promise<void>;
} {
  const questions = followChannel(QUESTIONS, { ...options, clock });
  const reading = new Map<string, Promise<void>>();

  async function answer(id: string, known: string): Promise<void> {
    const lines = await logs(id, LINES);
    const digest = createHash("sha256").update(lines.join("\n")).digest("base64url").slice(0, 16);
    if (lines.length > 0 && digest !== known) await tell(database, ANSWERS, logPieces(id, digest, lines));
  }

  questions.subscribe((payload) => {
    const question = payload === null ? null : parseQuestion(payload);
    // Several pages may watch one gateway: they hear the same answer.
    if (!question || reading.has(question.id)) return;
    const work = answer(question.id, question.known)
      .catch((error: unknown) => options.onError?.(error))
      .finally(() => reading.delete(question.id));
    reading.set(question.id, work);
  });
  return {
    async close() {
      await questions.close();
      await Promise.all(reading.values());
    },
  };
}

async function tell(database: Database, channel: string, payloads: readonly string[]): Promise<void> {
  const list = [...payloads];
  await database.$executeRaw`SELECT pg_notify(${channel}, payload) FROM unnest(${list}::text[]) AS payload`;
}
