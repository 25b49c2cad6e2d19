"use client";

import type { Message } from "@automna/client";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import { useConnection } from "../runtime/chat-hooks.ts";
import type { ChatRuntime } from "../runtime/chat-runtime.ts";
import { artifactLinks, artifactsOf, linkFiller } from "./artifact-links.ts";

/** The messages, with addresses for the pictures that the gateway keeps: asked for when their messages are shown. */
export function useShownArtifacts(messages: readonly Message[], chat: ChatRuntime): readonly Message[] {
  const { loadArtifact } = chat.actions;
  const isConnected = useConnection(chat).status === "ready";
  const shelf = useMemo(() => artifactLinks(loadArtifact), [loadArtifact]);
  const links = useSyncExternalStore(shelf.subscribe, shelf.getSnapshot, shelf.getSnapshot);
  useEffect(() => shelf.show(artifactsOf(messages)), [shelf, messages]);
  useEffect(() => {
    if (isConnected) shelf.askAgain(Date.now());
  }, [shelf, isConnected]);
  const fill = useMemo(() => linkFiller(links), [links]);
  return useMemo(() => (links.size === 0 ? messages : messages.map(fill)), [messages, links, fill]);
}
