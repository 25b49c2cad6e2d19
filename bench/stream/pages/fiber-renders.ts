/**
 * Counts what React renders, row by row, in a production build and without a word of the code under test: React tells a
 * devtools hook about every commit. Only there when the page was opened with the hook, since walking the tree costs time.
 */

interface Fiber {
  readonly tag: number;
  readonly flags: number;
  readonly memoizedProps: Readonly<Record<string, unknown>> | null;
  readonly alternate: Fiber | null;
  readonly child: Fiber | null;
  readonly sibling: Fiber | null;
}

interface CommitHook {
  onCommitFiberRoot?: (renderer: number, root: { readonly current: Fiber }) => void;
}

declare global {
  // oxlint-disable-next-line no-var -- the name that React looks for
  var __REACT_DEVTOOLS_GLOBAL_HOOK__: CommitHook | undefined;
}

/** Function, class and memo components: what a person calls a component. */
const COMPONENTS: ReadonlySet<number> = new Set([0, 1, 11, 14, 15]);
/** React's mark on a fiber whose component was called in this commit. */
const PERFORMED_WORK = 1;

/** In how many commits rows rendered again, they or anything inside of them. */
export interface RowRenders {
  /** Rows that are not among `streaming`. */
  others(streaming: readonly string[]): number;
  /** Rows that are. */
  of(streaming: readonly string[]): number;
}

function rowOf({ memoizedProps }: Fiber, inherited: string | null): string | null {
  if (memoizedProps === null || typeof memoizedProps !== "object") return inherited;
  const { id, previousId } = memoizedProps;
  return typeof id === "string" && (typeof previousId === "string" || "previousId" in memoizedProps)
    ? id
    : inherited;
}

/** Starts to count, if the page has the hook. */
export function countRowRenders(): RowRenders {
  const renders = new Map<string, number>();
  const walk = (fiber: Fiber, inherited: string | null, touched: Set<string>): void => {
    const row = rowOf(fiber, inherited);
    const { alternate } = fiber;
    const again = alternate !== null && (fiber.flags & PERFORMED_WORK) !== 0 && COMPONENTS.has(fiber.tag);
    if (row !== null && again) touched.add(row);
    // A subtree that React left alone is still the same one.
    if (alternate !== null && alternate.child === fiber.child) return;
    for (let child = fiber.child; child !== null; child = child.sibling) walk(child, row, touched);
  };
  const hook = globalThis.__REACT_DEVTOOLS_GLOBAL_HOOK__;
  if (hook !== undefined)
    hook.onCommitFiberRoot = (_, { current }) => {
      const touched = new Set<string>();
      walk(current, null, touched);
      for (const row of touched) renders.set(row, (renders.get(row) ?? 0) + 1);
    };
  const sum = (wanted: (id: string) => boolean) =>
    [...renders].reduce((total, [id, count]) => total + (wanted(id) ? count : 0), 0);
  return {
    others: (streaming) => sum((id) => !streaming.includes(id)),
    of: (streaming) => sum((id) => streaming.includes(id)),
  };
}
