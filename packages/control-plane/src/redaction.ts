/**
 * Names of fields and headers whose values never reach a log, an error or a page. Compared without case, `-` and `_`.
 */
export const SENSITIVE_KEYS: readonly string[] = [
  "apikey",
  "authorization",
  "authtoken",
  "bootstraptoken",
  "cookie",
  "devicetoken",
  "gatewaytoken",
  "password",
  "privatekey",
  "proxyauthorization",
  "secret",
  "secretkey",
  "seed",
  "setcookie",
  "signingsecret",
  "ticket",
  "token",
  "xapikey",
];

export const REDACTED = "[redacted]";

/** Shorter strings occur by chance; replacing them would only garble the log. */
const SHORTEST_SECRET = 8;

const SENSITIVE = new Set(SENSITIVE_KEYS);

/** Whether a field or header of this name holds a secret. */
export function isSensitiveKey(name: string): boolean {
  return SENSITIVE.has(name.toLowerCase().replaceAll(/[-_]/g, ""));
}

/** Takes secrets out of what is about to be written somewhere. */
export interface Redactor {
  /** From now on this literal is replaced wherever it occurs, also URL-encoded, in base64 or in JSON. */
  add(secret: string): void;
  text(text: string): string;
  /** A copy of a JSON-like value: sensitive fields replaced, literals replaced in every string. */
  value(value: unknown): unknown;
}

/**
 * @example
 * const redactor = createRedactor(["s3cret-token"]);
 * redactor.text("GET /?token=s3cret-token"); // "GET /?token=[redacted]"
 */
export function createRedactor(secrets: Iterable<string> = []): Redactor {
  const literals = new Set<string>();
  let longestFirst: readonly string[] = [];
  const add = (secret: string) => {
    if (secret.length < SHORTEST_SECRET || literals.has(secret)) return;
    for (const spelling of spellingsOf(secret)) literals.add(spelling);
    longestFirst = [...literals].sort((a, b) => b.length - a.length);
  };
  for (const secret of secrets) add(secret);
  const text = (input: string) =>
    longestFirst.reduce(
      (rest, literal) => rest.replaceAll(literal, REDACTED),
      input.replaceAll(NAMED_SECRET, `$1${REDACTED}`),
    );
  return { add, text, value: (value) => redactValue(value, text) };
}

/** `token=…`, `"apiKey":"…"`, `Authorization: Bearer …`: the name and its separator stay. */
const NAMED_SECRET =
  /((?:authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)|(?:(?:api[-_]?key|(?:auth|gateway|device|bootstrap)?[-_]?token|password|ticket|cookie)["']?\s*[:=]\s*["']?))[^\s"'&,;})\]]{8,}/gi;

function spellingsOf(secret: string): readonly string[] {
  const base64 = Buffer.from(secret, "utf8").toString("base64");
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
  ];
}

function redactValue(value: unknown, text: (input: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSensitiveKey(key) && item !== null && item !== undefined ? REDACTED : redactValue(item, text),
    ]),
  );
}
