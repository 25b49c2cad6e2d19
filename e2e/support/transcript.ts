import type { Page } from "playwright";
import type { RealGateway } from "./gateways.ts";
import { BACKEND_CLIENT, connectRaw } from "./raw-gateway.ts";

/** One line of a conversation: who said what. White space is folded, since a page and a model break lines apart. */
export interface Line {
  readonly who: "user" | "assistant";
  readonly text: string;
}

const fold = (text: string) => text.replaceAll(/\s+/g, " ").trim();

/** The conversation as a person sees it. */
export async function linesOnPage(page: Page): Promise<Line[]> {
  const rows = await page.locator("article.automna-message").evaluateAll((articles) =>
    articles.map((article) => ({
      who: article.getAttribute("data-role"),
      texts: [...article.querySelectorAll(".automna-plain-text, .automna-markdown")].map(
        (part) => part.textContent ?? "",
      ),
    })),
  );
  return rows.flatMap(({ who, texts }): Line[] =>
    who === "user" || who === "assistant" ? [{ who, text: fold(texts.join(" ")) }] : [],
  );
}

interface HistoryRow {
  readonly role: string;
  readonly content: string | readonly { readonly type: string; readonly text?: string }[];
  readonly provenance?: { readonly kind?: string };
}

function textOf(content: HistoryRow["content"]): string {
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? (block.text ?? "") : "")).join(" ");
}

/** The conversation as the gateway has stored it; rows that it wrote to itself are left out. */
export async function linesOfGateway(gateway: RealGateway, sessionKey: string): Promise<Line[]> {
  const { gateway: socket } = await connectRaw(gateway.url, {
    token: gateway.token,
    client: BACKEND_CLIENT,
    scopes: ["operator.read"],
  });
  try {
    const { messages } = await socket.request("chat.history", { sessionKey });
    return (messages as readonly HistoryRow[]).flatMap((row): Line[] => {
      const who = row.role;
      const text = fold(textOf(row.content));
      if ((who !== "user" && who !== "assistant") || text === "") return [];
      return row.provenance?.kind === "internal_system" ? [] : [{ who, text }];
    });
  } finally {
    await socket.close();
  }
}
