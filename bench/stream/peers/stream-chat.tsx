/** stream-chat-react's virtualised list on an offline client: messages arrive as the events of its own server. */
import { StreamChat, type Event, type LocalMessage, type MessageResponse } from "stream-chat";
import { Channel, Chat, VirtualizedMessageList, Window } from "stream-chat-react";
import { createRoot } from "react-dom/client";

import { expose, RenderCount } from "../pages/harness.ts";
import { history, type StoredText } from "../scenario.ts";

const renders = new RenderCount();
const REPLY = "reply";
const me = { id: "me", name: "Me" };
const bot = { id: "bot", name: "Bot", ai_generated: true };

const client = new StreamChat("key", { allowServerSideConnect: true, enableInsights: false });
// An offline client: the person is known, nothing is asked of a server.
client.userID = me.id;
client.user = me;
client._user = me;
client._setUser?.(me);
client.wsPromise = Promise.resolve();
const channel = client.channel("messaging", "bench", {});
channel.initialized = true;
client.activeChannels[channel.cid] = channel;

const epoch = Date.UTC(2026, 0, 1);
function response({ id, role, text }: StoredText, index: number): MessageResponse {
  const at = new Date(epoch + index * 60_000).toISOString();
  return {
    id,
    text,
    type: "regular",
    cid: channel.cid,
    user: role === "user" ? me : bot,
    created_at: at,
    updated_at: at,
    ai_generated: role === "assistant",
  } as unknown as MessageResponse;
}

let length = 0;
let text = "";

expose({
  prepare(count) {
    length = count;
    channel.state.addMessagesSorted(history(count).map(response), true, true);
  },
  mount: (container) =>
    createRoot(container).render(
      <div style={{ height: "100vh", display: "grid" }}>
        <Chat
          client={client}
          isMessageAIGenerated={(message: LocalMessage) => message["ai_generated"] === true}
        >
          <Channel channel={channel}>
            <Window>
              <VirtualizedMessageList />
            </Window>
          </Channel>
        </Chat>
      </div>,
    ),
  ask() {
    renders.streaming = REPLY;
    const message = response({ id: REPLY, role: "assistant", text: "" }, length + 1);
    client.dispatchEvent({ type: "message.new", cid: channel.cid, message, user: bot } as unknown as Event);
  },
  delta(piece) {
    text += piece;
    const message = response({ id: REPLY, role: "assistant", text }, length + 1);
    client.dispatchEvent({
      type: "message.updated",
      cid: channel.cid,
      message,
      user: bot,
    } as unknown as Event);
  },
  otherRenders: () => Number.NaN,
  streamRenders: () => Number.NaN,
});
