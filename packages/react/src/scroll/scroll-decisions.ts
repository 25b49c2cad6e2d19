/** Where the viewport is, in CSS pixels. */
export interface View {
  readonly offset: number;
  readonly viewport: number;
  readonly content: number;
}

/** What the thread remembers about its reader. */
export interface Following {
  /** The newest text stays in sight. */
  readonly following: boolean;
  /** Where the viewport was left last, and how much content there was then. */
  readonly offset: number;
  readonly content: number;
}

/** So near to the end counts as the end: zoomed pages end at fractions of a pixel, and a line of text is not far. */
export const END_TOLERANCE_PX = 32;

/** So near to the beginning, older messages are fetched. */
const LOAD_OLDER_PX = 600;

export function distanceToEnd({ offset, viewport, content }: View): number {
  return Math.max(0, content - viewport - offset);
}

/**
 * What a scroll event says about the reader's wish: arriving at the end follows, moving away from it upwards stops
 * following. Text that grows below the viewport moves nothing and says nothing. Content that shrank and grew again has
 * moved the viewport by itself: without a hand on wheel, key, screen or scrollbar that is no wish either.
 *
 * @param byHand whether the reader has touched something just now
 */
export function afterScroll(before: Following, view: View, byHand: boolean): Following {
  const { offset, content } = view;
  if (distanceToEnd(view) <= END_TOLERANCE_PX) return { following: true, offset, content };
  if (offset >= before.offset - 1) return { following: before.following, offset, content };
  const movedByLayout = !byHand && content !== before.content;
  return { following: before.following && movedByLayout, offset, content };
}

/** Whether the viewport must be moved to the end now, after the content or the viewport changed its size. */
export function mustCatchUp({ following }: Following, view: View): boolean {
  return following && distanceToEnd(view) > 0;
}

/** Whether to fetch the page before: the reader is on the way there. */
export function wantsOlder({ following }: Following, view: View): boolean {
  return !following && view.offset < LOAD_OLDER_PX;
}

/**
 * The first message that the reader has not seen: the one that was first already, or the first of those that came at the
 * end while the reader was elsewhere.
 */
export function firstUnread(
  current: string | null,
  before: readonly string[],
  after: readonly string[],
  attentive: boolean,
): string | null {
  if (current !== null && after.includes(current)) return current;
  const last = before.at(-1);
  if (attentive || last === undefined) return null;
  const at = after.lastIndexOf(last);
  return at < 0 ? null : (after[at + 1] ?? null);
}
