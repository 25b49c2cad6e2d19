import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { NOVNC_ENTRY } from "./novnc-files.ts";

const SCRIPT = readFileSync(join(import.meta.dirname, "viewer-script.js"), "utf8").replace(
  "@novnc/novnc",
  NOVNC_ENTRY,
);
const STYLE =
  "html,body,#screen{height:100%;margin:0;background:#111;overflow:hidden}noscript,#alone{position:fixed;inset:0;margin:0;padding:1rem;color:#ddd;font:1rem system-ui}";

/**
 * The viewer's document. It shows what a machine sends, so it has no origin, no cookie and no network of its own: the
 * page around it holds the socket and passes bytes by a message port.
 */
export function answerViewer(res: ServerResponse, origin: string): void {
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' ${origin}/novnc/`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${origin}`,
    "sandbox allow-scripts",
  ].join("; ");
  res.removeHeader("x-frame-options");
  res.setHeader("content-security-policy", policy);
  res.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  res.end(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Screen</title><style>${STYLE}</style></head>
<body><div id="screen"></div><noscript>The screen needs JavaScript.</noscript>
<script type="module" nonce="${nonce}">${SCRIPT}</script></body>
</html>`);
}
