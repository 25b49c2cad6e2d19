"use client";

import type { ChatStoreOptions } from "@automna/client";
import { useEffect, useInsertionEffect, useRef, useState } from "react";

import { createChatRuntime, type ChatRuntime, type CreateStore } from "./chat-runtime.ts";
import {
  identityOf,
  isShareable,
  latestOptions,
  sameIdentity,
  type Identity,
  type LatestOptions,
} from "./latest-options.ts";
import { mounting, type Mounting } from "./mounting.ts";

/** What {@link useClawdbotRuntime} takes. */
export interface ClawdbotRuntimeOptions extends Omit<ChatStoreOptions, "authToken"> {
  /** The gateway's token, or a function that is asked on every attempt. Default `null`: something in front of the gateway knows the person. */
  readonly authToken?: ChatStoreOptions["authToken"];
  /** Makes the store. Default: the real one. Read once. */
  readonly createStore?: CreateStore;
}

interface Held {
  readonly identity: Identity;
  readonly latest: LatestOptions;
  readonly runtime: ChatRuntime;
  readonly mounting: Mounting;
}

function hold(options: ChatStoreOptions, createStore: CreateStore | undefined): Held {
  const latest = latestOptions(options);
  const identity = identityOf(options);
  const runtime = createChatRuntime(latest.options, createStore);
  return { identity, latest, runtime, mounting: mounting(runtime.store, isShareable(identity)) };
}

/**
 * A chat with a gateway, connected for as long as the component is mounted.
 *
 * The connection lives outside of React: rendering opens nothing, and a remount (StrictMode, a changed key, fast
 * navigation) goes on with the socket that is there. With functions, or with `storageScope` and no token, only StrictMode's
 * does, and any other remount opens a socket of its own.
 *
 * - Another `gatewayUrl` or `authToken` string, or another `storageScope`, is another gateway or person: a new chat, and the
 *   old one is closed.
 * - Functions are asked again on every attempt; a new function in each render reconnects nothing. Who is behind it is told by
 *   `storageScope` alone: without one, messages that wait and drafts end with the page, and another person needs another `key`.
 * - `storageScope` has to be there from the first render: another one, also after none, is another person with an outbox and
 *   drafts of their own. Wait for the person before rendering the chat.
 * - Another `sessionKey` switches the session over the same connection.
 * - All other options are read when the chat is made.
 *
 * @example
 * ```tsx
 * function Chat({ token }: { token: string }) {
 *   const runtime = useClawdbotRuntime({ gatewayUrl: "wss://gateway.example", authToken: token, sessionKey: "main" });
 *   const connection = useConnection(runtime);
 *   return <button onClick={() => runtime.actions.send("Hello")}>{connection.status}</button>;
 * }
 * ```
 *
 * @returns the runtime; the same object until the gateway or the person changes.
 */
export function useClawdbotRuntime({
  createStore,
  authToken = null,
  ...rest
}: ClawdbotRuntimeOptions): ChatRuntime {
  const options: ChatStoreOptions = { ...rest, authToken };
  const [held, setHeld] = useState(() => hold(options, createStore));
  let current = held;
  if (!sameIdentity(held.identity, identityOf(options))) {
    current = hold(options, createStore);
    setHeld(current);
  }
  const { latest, runtime, mounting } = current;

  useInsertionEffect(() => latest.update(options));
  useEffect(() => mounting.mount(), [mounting]);
  useSessionKey(runtime, options.sessionKey);
  return runtime;
}

/** Follows the prop, and only the prop: a session that the person has opened stays open until the host asks for another. */
function useSessionKey(runtime: ChatRuntime, sessionKey: string | undefined): void {
  const asked = useRef({ runtime, sessionKey });
  useEffect(() => {
    const before = asked.current;
    asked.current = { runtime, sessionKey };
    if (before.runtime === runtime && before.sessionKey !== sessionKey)
      runtime.actions.switchSession(sessionKey ?? "main");
  }, [runtime, sessionKey]);
}
