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
  const known = new Set<string>();
  const byStart = new Map<string, string[]>();
  const add = (secret: string) => {
    if (secret.length < SHORTEST_SECRET) return;
    for (const spelling of spellingsOf(secret)) {
      if (known.has(spelling)) continue;
      known.add(spelling);
      const start = spelling.slice(0, SHORTEST_SECRET);
      const alike = byStart.get(start);
      if (alike) alike.push(spelling);
      else byStart.set(start, [spelling]);
    }
  };
  for (const secret of secrets) add(secret);
  /** One look at each place of the text, however many secrets there are. */
  const found = (input: string): readonly string[] => {
    const literals = new Set<string>();
    for (let at = 0; at + SHORTEST_SECRET <= input.length; at++)
      for (const literal of byStart.get(input.slice(at, at + SHORTEST_SECRET)) ?? [])
        if (input.startsWith(literal, at)) literals.add(literal);
    return [...literals].sort((a, b) => b.length - a.length);
  };
  const text = (input: string) => {
    const unnamed = input.replaceAll(NAMED_SECRET, `$1${REDACTED}`);
    return found(unnamed).reduce((rest, literal) => rest.replaceAll(literal, REDACTED), unnamed);
  };
  return { add, text, value: (value) => redactValue(value, text) };
}

/** `token=…`, `"apiKey":"…"`, `Authorization: Bearer …`: the name and its separator stay. */
const NAMED_SECRET =
  /((?:authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)|(?:(?:api[-_]?key|(?:auth|gateway|device|bootstrap)?[-_]?token|password|ticket|cookie)["']?\s*[:=]\s*["']?))[^\s"'&,;})\]]{8,}/gi;

/**
 * Takes out what we mint, by its form: 32 bytes in base64url, alone or in a key for the model relay. Gateways write into
 * their logs by whom they are asked and which names in their configuration are others, and whoever shows such a log may
 * have been started after a name was replaced.
 */
export function withoutMinted(text: string): string {
  return text.replaceAll(MINTED, (word) => (/[A-Z]/.test(word) && /[a-z]/.test(word) ? REDACTED : word));
}

const MINTED = /(?<![\w-])(?:automna-[0-9a-f]{24}-)?[\w-]{43}(?![\w-])/g;

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
