import { accessLine, type AccessRecord } from "@automna/proxy";
import type { DestinationStream } from "pino";

export interface AccessLog {
  /** One line, within a moment. */
  readonly write: (record: AccessRecord) => void;
  /** Writes what is waiting. */
  readonly flush: () => void;
  /** Another secret is known: what was found clean may not be. */
  readonly secretsChanged: () => void;
}

export interface AccessLogOptions {
  readonly destination: DestinationStream;
  readonly redact: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const FLUSH_AFTER_MS = 50;
const FLUSH_AT_LENGTH = 65_536;
const MOST_PATHS = 2_000;

/**
 * Writes access lines between pino's other lines, in the same form. They are by far the most, so they are put
 * together without pino's serialisers and leave several at a time.
 */
export function createAccessLog({ destination, redact, now = Date.now }: AccessLogOptions): AccessLog {
  const redacted = new Map<string, string>();
  let lines = "";
  let timer: NodeJS.Timeout | null = null;
  let written = { at: Number.NaN, text: "" };

  /** Many lines share a millisecond, and a date is dear to write. */
  function isoTime(at: number): string {
    if (at !== written.at) written = { at, text: new Date(at).toISOString() };
    return written.text;
  }

  function pathOf(path: string): string {
    const known = redacted.get(path);
    if (known !== undefined) return known;
    if (redacted.size >= MOST_PATHS) redacted.clear();
    const clean = redact(path);
    redacted.set(path, clean);
    return clean;
  }

  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (lines !== "") destination.write(lines);
    lines = "";
  }

  return {
    write(record) {
      const path = pathOf(record.path);
      const line = accessLine(path === record.path ? record : { ...record, path });
      lines += `{"level":"info","time":"${isoTime(now())}","msg":"access",${line.slice(1)}\n`;
      if (lines.length >= FLUSH_AT_LENGTH) flush();
      else timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
    },
    flush,
    secretsChanged: () => redacted.clear(),
  };
}
