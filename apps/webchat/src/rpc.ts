import { randomUUID } from "node:crypto";

import { AttachmentRefusedError, errorMessage, OutboxFullError, type ChatStore } from "@automna/client";
import { parseSendAnswer } from "@automna/protocol";

import type { GatewayLink } from "./gateway-link.ts";
import { rpcProgress, type RpcResult } from "./rpc-outcome.ts";
import type { RpcRequest } from "./rpc-request.ts";
import { isHistorySettled, stateWhen, type SessionChats } from "./session-chats.ts";

/** A run that left no answer is over after this much silence, milliseconds. */
const SILENCE_MS = 3_000;

export interface RpcOptions {
  readonly chats: SessionChats;
  readonly link: GatewayLink;
  /** How long a call waits for its run, milliseconds. */
  readonly limitMs: number;
  /** How long a call waits for the gateway before it says that there is none, milliseconds. */
  readonly gatewayWaitMs: number;
}

/** What a caller that wants to watch is told. */
export interface RpcWatcher {
  started(runId: string): void;
  /** The whole text so far. */
  text(text: string): void;
}

const UNREACHABLE: RpcResult = {
  ok: false,
  code: "gateway-unreachable",
  error: "The gateway cannot be reached, and nothing was sent. Check that it runs, then try again.",
};

/**
 * Sends a message and waits for the end of its run. The message goes through a chat's outbox, so it survives a lost
 * connection to the gateway and is stored once. A caller that goes away does not stop the run.
 */
export async function callAgent(
  { chats, link, limitMs, gatewayWaitMs }: RpcOptions,
  request: RpcRequest,
  watcher?: RpcWatcher,
): Promise<RpcResult> {
  const { chat, release } = chats.acquire(request.session);
  try {
    if ((await stateWhen(chat, isHistorySettled, gatewayWaitMs)) === null) return UNREACHABLE;
    const sent = await send(chat, link, request);
    if (typeof sent !== "string") return sent;
    watcher?.started(sent);
    return await outcome(chat, sent, limitMs, watcher);
  } finally {
    release();
  }
}

async function send(chat: ChatStore, link: GatewayLink, request: RpcRequest): Promise<string | RpcResult> {
  const { text, attachments, thinking, deliver, to, idempotencyKey: sendId = randomUUID() } = request;
  try {
    if (to !== undefined) return await sendTo(chat, link, request, to, sendId);
    return chat.actions.send(text, {
      attachments,
      sendId,
      ...(thinking !== undefined && { thinking }),
      ...(deliver !== undefined && { deliver }),
    });
  } catch (error) {
    const isKnown = error instanceof AttachmentRefusedError || error instanceof OutboxFullError;
    return { ok: false, code: isKnown ? error.code : "rejected", error: errorMessage(error) };
  }
}

/** `chat.send` cannot name a recipient; the method behind the gateway's own command line can. */
async function sendTo(
  chat: ChatStore,
  { connection }: GatewayLink,
  { text, attachments, thinking }: RpcRequest,
  to: string,
  idempotencyKey: string,
): Promise<string> {
  const { sessionKey } = chat.getState();
  const files = attachments.map(({ mimeType, fileName, content }) => ({ mimeType, fileName, content }));
  const answer = await connection.request({
    method: "agent",
    params: {
      message: text,
      sessionKey,
      to,
      deliver: true,
      idempotencyKey,
      ...(thinking !== undefined && { thinking }),
      ...(files.length > 0 && { attachments: files }),
    },
  });
  const parsed = parseSendAnswer(answer);
  return parsed.ok && "runId" in parsed.value ? parsed.value.runId : idempotencyKey;
}

function outcome(
  chat: ChatStore,
  runId: string,
  limitMs: number,
  watcher: RpcWatcher | undefined,
): Promise<RpcResult> {
  return new Promise((resolve) => {
    let silence: NodeJS.Timeout | undefined;
    let told = "";
    const settle = (result: RpcResult): void => {
      clearTimeout(limit);
      clearTimeout(silence);
      unsubscribe();
      resolve(result);
    };
    const look = (): void => {
      const progress = rpcProgress(chat.getState(), runId);
      if (progress.status === "over") return settle(progress.result);
      if (progress.status === "silent") {
        silence ??= setTimeout(() => settle({ ok: true, runId, payloads: [] }), SILENCE_MS);
        return;
      }
      clearTimeout(silence);
      silence = undefined;
      if (progress.text === told) return;
      told = progress.text;
      watcher?.text(told);
    };
    const error = `The run was not over after ${limitMs / 1_000} s. It goes on; its answer will be in the history.`;
    const limit = setTimeout(() => settle({ ok: false, runId, code: "timeout", error }), limitMs);
    const unsubscribe = chat.subscribe(look);
    look();
  });
}
