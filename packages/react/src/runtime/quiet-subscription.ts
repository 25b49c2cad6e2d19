import type { ChatState, ChatStore, Message } from "@automna/client";

/** What {@link quietly} listens to. */
type Listened = Pick<ChatStore, "subscribe">;

const subscriptions = new WeakMap<Listened, ChatStore["subscribe"]>();

/**
 * A subscription to everything but text that comes to a message: hundreds of times a second in a fast reply, while a
 * chat has some hundred listeners that show something else. Who shows the text follows its message.
 */
export function quietly(store: Listened): ChatStore["subscribe"] {
  const known = subscriptions.get(store);
  if (known) return known;
  const listeners = new Set<Parameters<ChatStore["subscribe"]>[0]>();
  let stop = () => {};
  const tell = (state: ChatState, before: ChatState): void => {
    if (isOnlyText(state, before)) return;
    for (const listener of listeners) listener(state, before);
  };
  const subscribe: ChatStore["subscribe"] = (listener) => {
    // Two parts may pass the same function.
    const own: typeof listener = (state, before) => listener(state, before);
    if (listeners.size === 0) stop = store.subscribe(tell);
    listeners.add(own);
    return () => {
      if (listeners.delete(own) && listeners.size === 0) stop();
    };
  };
  subscriptions.set(store, subscribe);
  return subscribe;
}

/** Whether nothing changed but what messages that are being written say. Asked for every delta. */
function isOnlyText(state: ChatState, before: ChatState): boolean {
  const [{ transcript }, { transcript: former }] = [state, before];
  return (
    transcript !== former &&
    transcript.order === former.order &&
    transcript.settled === former.settled &&
    isSame(state, before, (key) => key === "transcript") &&
    isSame(transcript.live, former.live, (id) => isSameBesideText(transcript.live[id], former.live[id]))
  );
}

function isSame<Fields extends object>(
  one: Fields,
  other: Fields,
  mayDiffer: (key: keyof Fields) => boolean,
): boolean {
  for (const key in one) if (one[key] !== other[key] && !mayDiffer(key)) return false;
  for (const key in other) if (!(key in one)) return false;
  return true;
}

function isSameBesideText(message: Message | undefined, former: Message | undefined): boolean {
  return (
    message?.status === "streaming" &&
    former?.status === "streaming" &&
    message.createdAt === former.createdAt &&
    message.parts.length === former.parts.length &&
    message.parts.every((part, index) => "text" in part || part === former.parts[index])
  );
}
