/** A loopback site with one page for every contestant. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { bundle, styles } from "./bundle.ts";
import { installPeers, PEERS } from "./peers.ts";

const PAGES = join(import.meta.dirname, "pages");

/** A chat that takes part, or none. */
export type Subject =
  | "nothing"
  | "ours"
  | "ours-wire"
  | "ai-sdk"
  | "ai-sdk-handed"
  | "copilotkit"
  | "stream-chat"
  | "assistant-ui";

interface Page {
  readonly entry: string;
  readonly style: string | null;
}

const modules = (path: string) => join(PEERS, "node_modules", path);

const OURS: Page = {
  entry: join(PAGES, "ours.tsx"),
  style: join(import.meta.dirname, "..", "..", "packages", "react", "src", "styles.css"),
};

const AI_SDK: Page = { entry: join(PEERS, "ai-sdk.tsx"), style: null };

const SUBJECTS: Record<Subject, Page> = {
  nothing: { entry: join(PAGES, "nothing.ts"), style: null },
  ours: OURS,
  "ours-wire": OURS,
  "ai-sdk": AI_SDK,
  "ai-sdk-handed": AI_SDK,
  copilotkit: {
    entry: join(PEERS, "copilotkit.tsx"),
    style: modules("@copilotkit/react-core/dist/v2/index.css"),
  },
  "stream-chat": {
    entry: join(PEERS, "stream-chat.tsx"),
    style: modules("stream-chat-react/dist/css/index.css"),
  },
  "assistant-ui": { entry: join(PEERS, "assistant-ui.tsx"), style: null },
};

const page = (subject: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${subject}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/${subject}.css">
<style>html,body,main{margin:0;height:100%}main{display:grid}</style></head>
<body><main></main><script type="module" src="/${subject}.js"></script></body></html>`;

async function filesOf(subjects: readonly Subject[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const add = async (name: string, entry: string, isWorkspace: boolean) => {
    for (const { fileName, code } of await bundle({ name, entry, isWorkspace }))
      files.set(`/${fileName}`, code ?? "");
  };
  await add("gateway-worker", join(PAGES, "gateway-worker.ts"), true);
  for (const subject of subjects) {
    const { entry, style } = SUBJECTS[subject];
    await add(subject, entry, SUBJECTS[subject] === OURS);
    files.set(`/${subject}.css`, style === null ? "" : styles(style));
    files.set(`/${subject}`, page(subject));
  }
  return files;
}

const TYPES: Record<string, string> = { js: "text/javascript", css: "text/css" };

/** The site, listening. */
export interface Site {
  readonly origin: string;
  close(): void;
}

/** Bundles the pages of `subjects` and serves them. */
export async function openSite(subjects: readonly Subject[]): Promise<Site> {
  if (subjects.some((subject) => SUBJECTS[subject] !== OURS)) await installPeers();
  const files = await filesOf(subjects);
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const text = files.get(path);
    const type = TYPES[path.split(".")[1] ?? ""] ?? "text/html";
    response.writeHead(text === undefined ? 404 : 200, { "content-type": `${type}; charset=utf-8` });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
