import type { AccessRecord, SocketMessage, SocketOpening } from "@automna/proxy";
import type { Logger } from "../server/log.ts";
import { SESSION_ROUTE_PREFIX } from "./session-routes.ts";

/** What happens on sockets to people's machines, in the order in which it does. */
export interface SessionLog {
  readonly opened: (opening: SocketOpening) => void;
  /** Each message; null unless the log goes into that much detail. */
  readonly message: ((message: SocketMessage) => void) | null;
  readonly ended: (record: AccessRecord) => void;
}

export function createSessionLog(log: Logger): SessionLog {
  return {
    opened({ requestId, routeId, firstByteMs }) {
      const session = sessionOf(routeId);
      if (session)
        log.info({ requestId, session, firstByteMs }, "remote session: connection opened to backend");
    },
    message: log.isLevelEnabled("trace")
      ? ({ routeId, from, bytes }) => {
          const session = sessionOf(routeId);
          if (session) log.trace({ session, from, bytes }, "remote session: data");
        }
      : null,
    ended(record) {
      const session = sessionOf(record.routeId);
      if (!session || record.kind !== "websocket") return;
      const { requestId, outcome, layer, status, durationMs } = record;
      if (status !== 101)
        return log.error({ requestId, session, outcome, layer, status }, "remote session: failed to proxy");
      if (outcome !== "ok") log.warn({ requestId, session, outcome }, "remote session: socket error");
      const { closeCode, bytesIn, bytesOut, messagesIn, messagesOut } = record;
      log.info(
        { requestId, session, closeCode, durationMs, bytesIn, bytesOut, messagesIn, messagesOut },
        "remote session: connection closed",
      );
    },
  };
}

function sessionOf(routeId: string | undefined): string | null {
  return routeId?.startsWith(SESSION_ROUTE_PREFIX) ? routeId.slice(SESSION_ROUTE_PREFIX.length) : null;
}
