/** How long a page is hidden before it rests, milliseconds. */
const REST_AFTER_MS = 60_000;

export interface AwakeOptions {
  readonly page: Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;
  /** Whether something is under way for which a hidden page must stay connected. */
  readonly isBusy: () => boolean;
  readonly onChange: (isAwake: boolean) => void;
}

/**
 * Tells when a page that nobody sees may let go of its stream, and when it is wanted again: browsers keep six connections
 * to one address, and each stream takes one.
 *
 * @returns stops watching
 */
export function watchAwake({ page, isBusy, onChange }: AwakeOptions): () => void {
  let isAwake = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const change = (next: boolean) => {
    if (next === isAwake) return;
    isAwake = next;
    onChange(next);
  };
  const rest = () => {
    if (isBusy()) timer = setTimeout(rest, REST_AFTER_MS);
    else change(false);
  };
  const look = () => {
    clearTimeout(timer);
    if (page.hidden) timer = setTimeout(rest, REST_AFTER_MS);
    else change(true);
  };
  look();
  page.addEventListener("visibilitychange", look);
  return () => {
    clearTimeout(timer);
    page.removeEventListener("visibilitychange", look);
  };
}
