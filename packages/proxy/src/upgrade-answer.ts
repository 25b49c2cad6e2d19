import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import type { Forward } from "./admittance.ts";
import { copyResponseHeaders, type CookiePredicate } from "./headers.ts";
import { responseHeaderEdit } from "./prefix-rewrite.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import { answerAndClose } from "./raw-answer.ts";

/** For whom an upstream's answer to an upgrade is made ready. */
export interface UpgradeAnswerScope {
  readonly decision: Forward;
  readonly prepared: PreparedRoute;
  readonly clientHost: string;
  readonly ownCookies: CookiePredicate;
  readonly requestId: string;
}

/** What the client gets of the headers of an upstream's answer, names and values in turn. */
export function upgradeAnswerHeaders(
  answer: IncomingMessage,
  { decision, prepared, clientHost, ownCookies, requestId }: UpgradeAnswerScope,
): string[] {
  const { route, prefix, responseHeaders } = decision;
  const scope = { prefix, targetOrigin: prepared.origin, basePath: prepared.basePath, clientHost };
  const edit = responseHeaderEdit(route, scope, ownCookies);
  const { trailer: _trailer, ...headers } = answer.headersDistinct;
  const into = copyResponseHeaders(headers, prepared.droppedResponseHeaders, edit);
  if (answer.statusCode !== 101) into.push(...prepared.responseHeaders);
  if (responseHeaders) into.push(...Object.entries(responseHeaders).flat());
  into.push("x-request-id", requestId);
  return into;
}

/** Passes the body of an answer that is no 101 on as it is; the connection ends with it. */
export function relayAnswerBody(
  socket: Socket,
  answer: IncomingMessage,
  { onBytes, onReset }: { readonly onBytes: (count: number) => void; readonly onReset: () => void },
): void {
  answer.on("data", (chunk: Buffer) => {
    onBytes(chunk.length);
    if (!socket.write(chunk)) answer.pause();
  });
  socket.on("drain", () => answer.resume());
  answer.on("end", () => answerAndClose(socket, ""));
  answer.on("error", () => {
    onReset();
    socket.resetAndDestroy();
  });
}
