import type { LocateInMessage, TextGroups } from "../scroll/text-groups.ts";
import { countIn, fold } from "./find-messages.ts";
import type { Match } from "./matches.ts";

/** What a message says itself, in the order of its texts. */
const TEXTS = ".automna-message-body > :is(.automna-markdown, .automna-plain-text)";
const BLOCKS = "p, li, h1, h2, h3, h4, h5, h6, td, th, pre";
/** What the chat says about a text. */
const ADDED = "button, figcaption";

/**
 * Finds a match in its message. A match may be in what was written but is not shown, such as the address of a link: then
 * it is the match beside it, or the blocks around it.
 */
export function locateMatch({ text, nth }: Match, wanted: string): LocateInMessage {
  return (message, groupsOf) => {
    const element = message.querySelectorAll(TEXTS)[text];
    if (!element) return null;
    const groups = groupsOf(element);
    const place = groups && groupWith(groups, wanted, nth);
    if (!place) return nearest(placesIn(element, wanted), nth);
    if (groups.goTo(place.group)) return "coming";
    const shown = groups.elementsOf(place.group);
    const places = shown.flatMap((block) => placesIn(block, wanted));
    return nearest(places, place.nth) ?? (shown[0] ? around(shown[0]) : null);
  };
}

/** Which group has a match, and which of the matches in it that is. */
function groupWith(
  groups: TextGroups,
  wanted: string,
  nth: number,
): { readonly group: number; readonly nth: number } | null {
  let left = nth;
  for (const [group, source] of groups.sources().entries()) {
    const count = countIn(source, wanted);
    if (left < count) return { group, nth: left };
    left -= count;
  }
  return null;
}

function nearest(places: readonly Range[], nth: number): Range | null {
  return places[Math.min(nth, places.length - 1)] ?? null;
}

function around(element: Element): Range {
  const range = element.ownerDocument.createRange();
  range.selectNode(element);
  return range;
}

/** Where a folded character is in the document. */
interface Spot {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
}

/** Where an element shows a folded text. */
function placesIn(element: Element, wanted: string): Range[] {
  const { folded, spots } = foldedTextOf(element);
  const places: Range[] = [];
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length)) {
    const [first, last] = [spots[at], spots[at + wanted.length - 1]];
    if (!first || !last) continue;
    const range = element.ownerDocument.createRange();
    range.setStart(first.node, first.start);
    range.setEnd(last.node, last.end);
    places.push(range);
  }
  return places;
}

function foldedTextOf(element: Element): { readonly folded: string; readonly spots: readonly Spot[] } {
  const walker = element.ownerDocument.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const spots: Spot[] = [];
  let folded = "";
  let block: Element | null = null;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!parent || parent.closest(ADDED)) continue;
    const own = parent.closest(BLOCKS);
    // No match goes on from one block to the next.
    const [text, lead] = [node.textContent ?? "", own === block ? "" : "\n"];
    if (lead !== "") spots.push({ node, start: 0, end: 0 });
    folded += lead;
    block = own;
    let start = 0;
    for (const character of text) {
      const end = start + character.length;
      const plain = character <= "\x7f" ? character.toLowerCase() : fold(character);
      for (let unit = 0; unit < plain.length; unit += 1) spots.push({ node, start, end });
      folded += plain;
      start = end;
    }
  }
  return { folded, spots };
}
