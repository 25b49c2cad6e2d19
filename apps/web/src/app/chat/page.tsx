import { stringsFor } from "@automna/react/i18n";
import type { Metadata } from "next";
import { ChatScreen } from "../../components/chat-screen.tsx";
import { requestStrings } from "../../i18n/request-strings.ts";
import { webContext } from "../../server/context.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestStrings()).common.chat };
}

export default async function ChatPage() {
  const chatStrings = stringsFor([(await requestStrings()).locale]);
  const { chatGatewayUrl, approvesOnChatGateway } = webContext();
  return (
    <ChatScreen
      chatStrings={chatStrings}
      linkedGatewayUrl={chatGatewayUrl}
      approvesLinked={approvesOnChatGateway}
    />
  );
}
