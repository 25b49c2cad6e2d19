/** What a host may widen or narrow about the URLs in a message. */
export interface UrlPolicyOptions {
  /**
   * Schemes that may become links, without the colon. Schemes that run or read something in the page
   * (`javascript`, `data`, `vbscript`, `blob`, `file`...) are refused even when listed.
   *
   * @defaultValue `["http", "https", "mailto", "tel"]`
   */
  readonly linkSchemes?: readonly string[];
  /**
   * Which images are fetched: a list of origins (`"https://cdn.example.com"`), or a function that is
   * asked for each `http:`, `https:`, `blob:` or `data:image/*` URL. Every other image is a link-like
   * placeholder that fetches nothing: the address of an image can carry a conversation away.
   *
   * @defaultValue none
   */
  readonly allowedImageOrigins?: readonly string[] | ((url: URL) => boolean);
}

/** A URL that may stand in `href`, in the normal form that the browser's own parser gives. */
export interface SafeLink {
  /** What stands in the `href` of the element. */
  readonly href: string;
  /** `web` opens in a new tab. */
  readonly kind: "web" | "fragment" | "other";
  /** Host of a `web` link as the browser will dial it (punycode). */
  readonly host: string;
}

/** Decides which addresses of a text become links and pictures. What it refuses is shown as text. */
export interface UrlPolicy {
  /** The link to make, or `null`: show the text only. */
  link(href: string): SafeLink | null;
  /** The image address to fetch, or `null`: show a placeholder. */
  image(source: string): string | null;
}

const DEFAULT_SCHEMES = ["http", "https", "mailto", "tel"];
const NEVER_LINKED = new Set([
  "about:",
  "blob:",
  "chrome:",
  "data:",
  "file:",
  "filesystem:",
  "javascript:",
  "jar:",
  "mhtml:",
  "ms-its:",
  "res:",
  "vbscript:",
  "view-source:",
]);
const FETCHED = new Set(["http:", "https:", "blob:", "data:"]);
const RASTER_DATA = /^image\/(?:png|jpe?g|gif|webp|avif|bmp)[;,]/i;
const LONGEST_URL = 8_192;
const LONGEST_DATA_URL = 4_000_000;

/**
 * Decides what the URLs in a message may do. Everything is judged by, and handed on from, the platform's
 * own URL parser, so that no second reading of the same string can differ. Relative addresses are refused:
 * they would reach into the application that shows the message.
 *
 * @example
 * ```ts
 * const policy = createUrlPolicy({ allowedImageOrigins: ["https://cdn.example.com"] });
 * policy.link("javascript:alert(1)"); // null
 * policy.image("https://cdn.example.com/a.png"); // "https://cdn.example.com/a.png"
 * ```
 */
export function createUrlPolicy(options: UrlPolicyOptions = {}): UrlPolicy {
  const schemes = new Set(
    (options.linkSchemes ?? DEFAULT_SCHEMES).map((scheme) => `${scheme.toLowerCase()}:`),
  );
  const images = options.allowedImageOrigins ?? [];
  const allowsImage = typeof images === "function" ? images : allowOrigins(images);
  return {
    link(href) {
      if (/^#[^\s#]*$/.test(href)) return { href, kind: "fragment", host: "" };
      const url = parse(href, LONGEST_URL);
      if (!url || NEVER_LINKED.has(url.protocol) || !schemes.has(url.protocol)) return null;
      const web = url.protocol === "http:" || url.protocol === "https:";
      return { href: url.href, kind: web ? "web" : "other", host: web ? url.host : "" };
    },
    image(source) {
      const url = parse(source, LONGEST_DATA_URL);
      if (!url || !FETCHED.has(url.protocol)) return null;
      if (url.protocol === "data:" && !RASTER_DATA.test(url.pathname)) return null;
      return allowsImage(url) ? url.href : null;
    },
  };
}

function parse(text: string, longest: number): URL | null {
  if (text.length > longest || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.username === "" && url.password === "" ? url : null;
}

function allowOrigins(origins: readonly string[]): (url: URL) => boolean {
  const allowed = new Set(
    origins.filter((origin) => URL.canParse(origin)).map((origin) => new URL(origin).origin),
  );
  allowed.delete("null");
  return (url) => (url.protocol === "http:" || url.protocol === "https:") && allowed.has(url.origin);
}

const LOOKS_LIKE_HOST =
  /^\s*(?:https?:\/\/)?(?:[^\s/@]*@)?((?:[\p{L}\p{N}_-]+\.)+[\p{L}]{2,}|\d+(?:\.\d+){3})(?:[/:?#]|\s*$)/iu;

/**
 * True when a link's text reads like an address of another host than the one it leads to, as in
 * `[https://bank.example](https://elsewhere.example)`. `www.` makes no difference.
 *
 * @example
 * ```ts
 * import { createUrlPolicy, namesAnotherHost } from "@automna/react/markdown";
 *
 * const link = createUrlPolicy().link("https://elsewhere.example");
 * if (link) namesAnotherHost("https://bank.example", link); // true
 * ```
 */
export function namesAnotherHost(text: string, link: SafeLink): boolean {
  const shown = link.kind === "web" ? LOOKS_LIKE_HOST.exec(text)?.[1] : undefined;
  if (shown === undefined || !URL.canParse(`https://${shown}`)) return false;
  return bare(new URL(`https://${shown}`).hostname) !== bare(new URL(link.href).hostname);
}

function bare(host: string): string {
  return host.replace(/^www\./, "");
}
