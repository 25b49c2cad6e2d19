import { timestamp } from "./backend-json.ts";
import type { BackendJson } from "./backend-json.ts";
import { LOGIN_PATH } from "./routing.ts";
import type { LockedPort } from "./scanner.ts";

export interface DashboardView {
  readonly username: string;
  readonly backends: readonly (BackendJson & { readonly answering: boolean })[];
  readonly locked: readonly LockedPort[];
  /** `:8080`, or nothing for port 80. */
  readonly portSuffix: string;
  readonly now: number;
}

export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const COLUMNS = ["Status", "Project", "Slug", "Backend", "Domain", "Path", "Version", "Last seen"] as const;

/** On a narrow screen every project is a block of lines: the roles keep it a table for who hears it. */
const STYLE = `
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .7rem;border-bottom:1px solid #8884;overflow-wrap:anywhere}
th,time,.port{white-space:nowrap}
.dot{display:inline-block;width:.7em;height:.7em;box-sizing:border-box;border-radius:50%;border:.17em solid #c60}
.dot.up{border-color:#2a2;background:#2a2}
@media (max-width:60rem){
  .scroll table,.scroll tbody,.scroll tr,.scroll td{display:block}
  .scroll thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
  .scroll tr{padding:.6rem 0;border-bottom:1px solid #8884}
  .scroll td{display:grid;grid-template-columns:6rem 1fr;gap:.7rem;padding:.15rem 0;border:0}
  .scroll .dot{place-self:center start}
  .scroll td::before{content:attr(data-label);color:color-mix(in srgb,currentColor 70%,transparent)}
}
small,.empty{color:color-mix(in srgb,currentColor 70%,transparent)}input{font:inherit}`;

/**
 * Redraws from the page itself, so that a row is drawn in one place only. Nothing but `main` is parsed: the style of
 * the fetched page has another nonce, which the policy of this one refuses. While nothing but times has changed, the
 * elements stay: with them the focus, a selection, and how far the table is scrolled.
 */
const SCRIPT = `
const state=document.querySelector("#live");
async function redraw(){
  const answer=await fetch("/",{headers:{accept:"text/html"}});
  if(!answer.ok)return;
  const text=await answer.text();
  const part=text.slice(text.indexOf("<main>"),text.indexOf("</main>")+7);
  const next=new DOMParser().parseFromString(part,"text/html").querySelector("main");
  const now=document.querySelector("main");
  if(!next)return;
  if(withoutTimes(next)===withoutTimes(now)){
    const times=next.querySelectorAll("time");
    now.querySelectorAll("time").forEach((time,at)=>{time.textContent=times[at].textContent});
    return;
  }
  const focused=now.contains(document.activeElement)?document.activeElement.outerHTML:null;
  now.replaceWith(next);
  if(focused)[...next.querySelectorAll("a")].find((link)=>link.outerHTML===focused)?.focus();
}
function withoutTimes(part){
  const copy=part.cloneNode(true);
  for(const time of copy.querySelectorAll("time"))time.textContent="";
  return copy.innerHTML;
}
const events=new EventSource("/api/events");
for(const name of ["snapshot","added","updated","removed","scan"])events.addEventListener(name,redraw);
events.onopen=()=>{state.textContent="live"};
events.onerror=()=>{state.textContent="connection lost, trying again"};`;

/** The table of all projects. It follows `/api/events`; without scripts it is right at the time it was loaded. */
export function dashboardPage(view: DashboardView, nonce: string): Page {
  const rows = view.backends.map((backend) => row(backend, view.portSuffix)).join("");
  const table =
    rows === ""
      ? `<p class="empty">No OpenCode server is running. Start one with <code>opencode serve --port 30000</code>.</p>`
      : `<div class="scroll" role="region" aria-label="Projects" tabindex="0"><table role="table"><thead role="rowgroup"><tr role="row">${COLUMNS.map((name) => `<th role="columnheader">${name}</th>`).join("")}</tr></thead><tbody role="rowgroup">${rows}</tbody></table></div>`;
  const locked = view.locked.map(({ port, detail }) => `<li>Port ${port}: ${escapeHtml(detail)}</li>`);
  const body = `<header><h1>OpenCode projects of ${escapeHtml(view.username)}</h1></header>
<main>${table}${locked.length > 0 ? `<h2>Needs a password</h2><ul>${locked.join("")}</ul>` : ""}
<p><small>As of <time>${timestamp(view.now)}</time></small></p></main>
<footer><p><a href="/api/backends">JSON</a> · <small id="live" role="status">not live</small></p></footer>
<script nonce="${nonce}">${SCRIPT}</script>`;
  return page("OpenCode projects", body, nonce);
}

/** Asks a browser on another machine for the token. */
export function loginPage(nonce: string, wrong: boolean): Page {
  const body = `<main><h1>OpenCode projects</h1>
<p>${wrong ? "That is not the token of this router." : "From another machine this router needs its token."}
It was printed when the router started.</p>
<form method="post" action="${LOGIN_PATH}"><label>Token <input name="token" type="password" autocomplete="off" required autofocus></label>
<button>Open</button></form></main>`;
  return page("Token needed", body, nonce);
}

function row(backend: BackendJson & { answering: boolean }, portSuffix: string): string {
  const domain = escapeHtml(backend.domain);
  const path = escapeHtml(backend.path_prefix);
  const status = backend.answering ? "up" : "not answering";
  const cells = [
    `<span class="dot${backend.answering ? " up" : ""}" role="img" aria-label="${status}" title="${status}"></span>`,
    `<a href="${path}" title="${escapeHtml(backend.project_path)}">${escapeHtml(backend.project_name)}</a>`,
    escapeHtml(backend.slug),
    `<span class="port">127.0.0.1:${backend.port}</span>`,
    `<a href="http://${domain}${portSuffix}/">${domain}</a>`,
    `<a href="${path}">${path}</a>`,
    escapeHtml(backend.version),
    `<time>${backend.last_seen}</time>`,
  ];
  const named = cells.map((cell, at) => `<td role="cell" data-label="${COLUMNS[at]}">${cell}</td>`);
  return `<tr role="row">${named.join("")}</tr>`;
}

function page(title: string, body: string, nonce: string): Page {
  return {
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><style nonce="${nonce}">${STYLE}</style></head><body>${body}</body></html>`,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      // Not no-referrer: browsers then send `Origin: null` with the form, which nobody could tell from a foreign page.
      "referrer-policy": "same-origin",
      "content-security-policy": `default-src 'none'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`,
    },
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
