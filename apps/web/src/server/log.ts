import { createRedactor, type Redactor } from "@automna/control-plane";
import { type DestinationStream, type Logger, pino } from "pino";
import type { Config } from "../config.ts";
import { type AccessLog, createAccessLog } from "./access-log.ts";

export type { Logger } from "pino";

/** The app's log, and the list of the literal secrets that no line of it may hold. */
export interface Log {
  readonly logger: Logger;
  readonly redactor: Redactor;
  /** One line for each request or socket that is over; null at levels that leave it out. */
  readonly access: Pick<AccessLog, "write" | "flush"> | null;
}

/** One JSON line for each event, on standard output unless told otherwise. */
export function createLog(level: Config["logLevel"], destination: DestinationStream = process.stdout): Log {
  const redactor = createRedactor();
  const redact = (entry: object): Record<string, unknown> => {
    const described = Object.entries(entry).map(([key, value]: [string, unknown]) => [key, describe(value)]);
    return redactor.value(Object.fromEntries(described)) as Record<string, unknown>;
  };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Already described; the usual one would not know it for an error any more.
      serializers: { err: (described: unknown) => described },
      formatters: { level: (label) => ({ level: label }), log: redact },
    },
    destination,
  );
  const access = logger.isLevelEnabled("info")
    ? createAccessLog({ destination, redact: (text) => redactor.text(text) })
    : null;
  const add = (secret: string) => {
    redactor.add(secret);
    access?.secretsChanged();
  };
  return { logger, redactor: { ...redactor, add }, access };
}

function describe(value: unknown): unknown {
  return value instanceof Error ? pino.stdSerializers.err(value) : value;
}
