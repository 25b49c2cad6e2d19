import { chatHistory, parseHistory, type HelloOk } from "@automna/protocol";

import { loopbackHost } from "./access.ts";
import type { Caller } from "./authorization.ts";
import { plainMessages, type PlainMessage } from "./messages.ts";
import type { WebchatContext } from "./routes.ts";
import { SessionScope } from "./scope.ts";
import { isHistorySettled, stateWhen } from "./session-chats.ts";

/** What `GET /webchat/info` answers. */
export interface WebchatInfo {
  /** Where the page is, as this caller reaches it: through a tunnel, the tunnel's own port. */
  readonly baseUrl: string;
  readonly basePath: "/webchat/";
  readonly port: number;
  readonly sessionKey: string;
  /** Whether requests have to carry a token. */
  readonly tokenRequired: boolean;
  /** For those who show a key or a token only. */
  readonly token?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly sessionId?: string;
  readonly initialMessages?: readonly PlainMessage[];
}

/** Everybody on this machine can ask, so what is in the session, and tokens, are for those who show a secret. */
export async function readInfo(context: WebchatContext, host: string, caller: Caller): Promise<WebchatInfo> {
  const { needsToken, desk, sessionKey, port } = context;
  const open: WebchatInfo = {
    baseUrl: `http://${loopbackHost(host) ?? `127.0.0.1:${port()}`}/webchat/`,
    basePath: "/webchat/",
    port: port(),
    sessionKey,
    tokenRequired: needsToken,
  };
  if (caller.kind === "anonymous" && needsToken) return open;
  const token = caller.kind === "key" ? desk.issueToken(caller.key) : null;
  return {
    ...open,
    ...(token && { token: token.secret, expiresAt: token.expiresAt }),
    ...(await readSession(context)),
  };
}

/** The transcript, or an empty one: the chat is opened all the same. */
async function readSession({
  chats,
  link,
  sessionKey,
  gatewayWaitMs,
}: WebchatContext): Promise<Pick<WebchatInfo, "sessionId" | "initialMessages">> {
  const { chat, release } = chats.acquire(sessionKey);
  try {
    const state = await stateWhen(chat, isHistorySettled, gatewayWaitMs);
    const hello = link.hello();
    const sessionId = hello === null ? undefined : await readSessionId(context(link, hello, sessionKey));
    return {
      initialMessages: state === null ? [] : plainMessages(state),
      ...(sessionId !== undefined && { sessionId }),
    };
  } finally {
    release();
  }
}

function context(link: WebchatContext["link"], hello: HelloOk, sessionKey: string) {
  return { link, protocol: hello.protocol, key: new SessionScope(sessionKey, hello).sessionKey };
}

async function readSessionId({
  link,
  protocol,
  key,
}: ReturnType<typeof context>): Promise<string | undefined> {
  const call = chatHistory(protocol, { sessionKey: key, limit: 1 });
  const answer = await link.connection.request(call).catch(() => null);
  const history = parseHistory(answer);
  return history.ok ? history.value.sessionId : undefined;
}
