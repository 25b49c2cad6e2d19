import type { ArtifactLink, ImagePart, Message, MessagePart } from "@automna/client";

/** What came of asking for an address. */
type Asked = { link: ArtifactLink | null; hasFailed: boolean };

/** The addresses of what the gateway keeps, for the messages that are shown. They expire. */
export interface ArtifactLinks {
  readonly subscribe: (onChange: () => void) => () => void;
  readonly getSnapshot: () => ReadonlyMap<string, ArtifactLink>;
  /** Asks for what is shown now and was not before, and forgets what is shown no more. */
  readonly show: (artifactIds: ReadonlySet<string>) => void;
  /** Asks once more for what was refused or has expired. */
  readonly askAgain: (now: number) => void;
}

export function artifactLinks(load: (artifactId: string) => Promise<ArtifactLink>): ArtifactLinks {
  const listeners = new Set<() => void>();
  const asked = new Map<string, Asked>();
  let links: ReadonlyMap<string, ArtifactLink> = new Map();

  const publish = () => {
    links = new Map([...asked].flatMap(([id, { link }]) => (link ? [[id, link] as const] : [])));
    for (const listener of listeners) listener();
  };
  const ask = (id: string) => {
    const entry: Asked = { link: asked.get(id)?.link ?? null, hasFailed: false };
    asked.set(id, entry);
    load(id).then(
      (link) => {
        entry.link = link;
        return asked.get(id) === entry ? publish() : undefined;
      },
      // The chat's notice says why.
      () => {
        entry.hasFailed = true;
      },
    );
  };
  return {
    subscribe(onChange) {
      listeners.add(onChange);
      return () => void listeners.delete(onChange);
    },
    getSnapshot: () => links,
    show(ids) {
      for (const id of asked.keys()) if (!ids.has(id)) asked.delete(id);
      for (const id of ids) if (!asked.has(id)) ask(id);
      if ([...links.keys()].some((id) => !ids.has(id))) publish();
    },
    askAgain(now) {
      for (const [id, { link, hasFailed }] of asked)
        if (hasFailed || (link?.expiresAt ?? Infinity) <= now) ask(id);
    },
  };
}

const isKept = (part: MessagePart): part is ImagePart & { readonly artifactId: string } =>
  part.type === "image" && part.url === undefined && part.artifactId !== undefined;

/** What of these messages the gateway keeps. */
export function artifactsOf(messages: readonly Message[]): ReadonlySet<string> {
  return new Set(messages.flatMap(({ parts }) => parts.filter(isKept).map(({ artifactId }) => artifactId)));
}

/** A message with the addresses that have come; itself where there are none. */
function withLinks(message: Message, links: ReadonlyMap<string, ArtifactLink>): Message {
  if (!message.parts.some((part) => isKept(part) && links.has(part.artifactId))) return message;
  const parts = message.parts.map((part) => {
    const link = isKept(part) ? links.get(part.artifactId) : undefined;
    return link ? { ...part, url: link.url } : part;
  });
  return { ...message, parts };
}

/** {@link withLinks}, the same object each time: a row is rendered again when its message is another one. */
export function linkFiller(links: ReadonlyMap<string, ArtifactLink>): (message: Message) => Message {
  const filled = new WeakMap<Message, Message>();
  return (message) => {
    const shown = filled.get(message) ?? withLinks(message, links);
    filled.set(message, shown);
    return shown;
  };
}
