const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "rel", "target", "title"],
  blockquote: [],
  br: [],
  button: ["type", "data-state"],
  code: [],
  del: [],
  details: [],
  div: ["role", "tabindex", "aria-label", "data-streaming"],
  em: [],
  figcaption: [],
  figure: [],
  h1: [],
  h2: [],
  h3: [],
  h4: [],
  h5: [],
  h6: [],
  hr: [],
  input: ["type", "checked", "disabled", "readonly", "aria-label"],
  kbd: [],
  li: [],
  mark: [],
  ol: ["start"],
  p: [],
  pre: ["role", "tabindex", "aria-label"],
  span: ["title", "hidden", "aria-live"],
  strong: [],
  sub: [],
  summary: [],
  sup: [],
  table: [],
  tbody: [],
  td: ["data-align"],
  th: ["data-align", "scope"],
  thead: [],
  tr: [],
  ul: [],
};

const EVERYWHERE = ["class", "dir"];
const SCHEMES = ["http:", "https:", "mailto:", "tel:"];
const CLASS = /^(?:automna-[\w-]+|katex)$/;
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/;

const IMAGE_ATTRIBUTES = ["src", "alt", "title", "width", "loading", "decoding", "referrerpolicy"];

/**
 * What a rendered message holds that it must not: any element, attribute, class or address outside of a closed
 * list. What KaTeX draws (`<math>`) is judged by its attributes only.
 *
 * @param allowsImage - whether an image may come from this address; without it no image may be there
 */
export function findViolations(root: Element, allowsImage?: (source: string) => boolean): string[] {
  return [...root.querySelectorAll("*")].flatMap((element) => [
    ...(allowsImage && element.tagName === "IMG"
      ? forbiddenImage(element, allowsImage)
      : forbiddenParts(element)),
    ...forbiddenAddress(element),
    ...obeyedControls(element),
  ]);
}

function forbiddenParts(element: Element): string[] {
  const tag = element.tagName.toLowerCase();
  if (element.closest("math")) {
    const names = element.getAttributeNames();
    return names
      .filter((name) => /^on|href|src|style|^id$|^data-/.test(name))
      .map((name) => `math ${tag} has ${name}`);
  }
  if (!Object.hasOwn(ATTRIBUTES, tag)) return [`element ${tag}`];
  const allowed = [...(ATTRIBUTES[tag] ?? []), ...EVERYWHERE];
  const attributes = element.getAttributeNames().filter((name) => !allowed.includes(name));
  const classes = [...element.classList].filter((name) => !CLASS.test(name));
  return [...attributes.map((name) => `${tag} has ${name}`), ...classes.map((name) => `class ${name}`)];
}

function forbiddenImage(image: Element, allows: (source: string) => boolean): string[] {
  const names = image
    .getAttributeNames()
    .filter((name) => ![...IMAGE_ATTRIBUTES, ...EVERYWHERE].includes(name));
  const source = image.getAttribute("src") ?? "";
  return [...names.map((name) => `img has ${name}`), ...(allows(source) ? [] : [`image ${source}`])];
}

function forbiddenAddress(element: Element): string[] {
  const href = element.getAttribute("href");
  if (href === null || /^#[^\s]*$/.test(href)) return [];
  if (!URL.canParse(href)) return [`relative address ${href}`];
  const url = new URL(href);
  const wrong =
    !SCHEMES.includes(url.protocol) || url.username !== "" || url.password !== "" || url.href !== href;
  const rel = element.getAttribute("rel") ?? "";
  return [
    ...(wrong ? [`address ${href}`] : []),
    ...(["noopener", "noreferrer", "nofollow"].every((word) => rel.split(" ").includes(word))
      ? []
      : [`rel ${rel}`]),
  ];
}

function obeyedControls(element: Element): string[] {
  const guarded = element.matches("a, code, .automna-code-language, .automna-image-placeholder");
  const texts = guarded ? [element.textContent ?? ""] : [];
  const named = [element.getAttribute("title"), element.getAttribute("aria-label")];
  return [...texts, ...named].some((text) => text !== null && BIDI_CONTROL.test(text))
    ? [`bidirectional control in ${element.tagName}`]
    : [];
}
