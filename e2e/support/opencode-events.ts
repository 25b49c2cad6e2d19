/** A stream of events of a real OpenCode server, read as it comes. */
export interface OpencodeEvents {
  readonly events: readonly { readonly type: string; readonly at: number }[];
  readonly ended: () => boolean;
  close(): void;
}

export function openEvents(url: URL): OpencodeEvents {
  const controller = new AbortController();
  const events: { type: string; at: number }[] = [];
  let ended = false;
  const read = async (): Promise<void> => {
    const response = await fetch(url, { signal: controller.signal });
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      for (const [, type = ""] of chunk.matchAll(/"type":"([^"]+)"/g)) events.push({ type, at: Date.now() });
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  return { events, ended: () => ended, close: () => controller.abort() };
}
