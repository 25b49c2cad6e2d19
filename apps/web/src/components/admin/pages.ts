/** One page of a list, the newest first. */
interface ListPage<Item> {
  readonly items: readonly Item[];
  /** By which the page of the older ones is asked for; null: there are none. */
  readonly next: string | null;
}

/** What is known of a list that grows at its beginning while somebody reads on at its end. */
export interface KnownPages<Item> extends ListPage<Item> {
  /** Somebody has asked for older ones: what leaves the first page stays. */
  readonly readOn: boolean;
}

type PagesEvent<Item> =
  | { readonly kind: "first"; readonly page: ListPage<Item> }
  | { readonly kind: "read-on" }
  /** `before`: what was asked for. */
  | { readonly kind: "older"; readonly before: string; readonly page: ListPage<Item> };

interface Named {
  readonly id: string;
}

/** Every item stands there once, and none is missing between two that do. */
export function reducePages<Item extends Named>(
  known: KnownPages<Item> | null,
  event: PagesEvent<Item>,
): KnownPages<Item> | null {
  switch (event.kind) {
    case "first": {
      const { page } = event;
      const ids = new Set(page.items.map(({ id }) => id));
      // Where nothing is the same, there may be any number in between: what was read begins anew.
      if (!known?.readOn || !known.items.some(({ id }) => ids.has(id))) return { ...page, readOn: false };
      return { ...known, items: joined(page.items, known.items) };
    }
    case "read-on":
      return known && { ...known, readOn: true };
    case "older":
      if (known?.next !== event.before) return known;
      return { ...known, items: joined(known.items, event.page.items), next: event.page.next };
  }
}

function joined<Item extends Named>(newer: readonly Item[], older: readonly Item[]): Item[] {
  const seen = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !seen.has(id))];
}
