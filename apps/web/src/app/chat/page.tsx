import { stringsFor } from "@automna/react/i18n";
import type { Metadata } from "next";
import { ChatScreen } from "../../components/chat-screen.tsx";
import { requestStrings } from "../../i18n/request-strings.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestStrings()).common.chat };
}

export default async function ChatPage() {
  return <ChatScreen chatStrings={stringsFor([(await requestStrings()).locale])} />;
}
