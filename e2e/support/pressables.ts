import type { Page } from "playwright";

declare global {
  interface Window {
    movedPressables?: string[];
  }
}

/**
 * Looks, in every frame of every document that this page opens from now on, at where each button, link and field is.
 *
 * @returns What moved on the open document after it was first shown. Scrolling moves nothing.
 */
export async function watchPressables(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const places = new Map<Element, string>();
    const moved: string[] = [];
    window.movedPressables = moved;
    const look = () => {
      const { left, top } = document.documentElement.getBoundingClientRect();
      for (const element of document.querySelectorAll<HTMLElement>("button, a, input, select, textarea")) {
        const { x, y, width, height } = element.getBoundingClientRect();
        if (width === 0 || height === 0) continue;
        const place = `${Math.round(x - left)}, ${Math.round(y - top)}`;
        const before = places.get(element);
        if (before !== undefined && before !== place)
          moved.push(`${element.textContent || element.tagName}: ${before} -> ${place}`);
        places.set(element, place);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  // By the second frame the first one was looked at.
  return () =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          requestAnimationFrame(() =>
            requestAnimationFrame(() => resolve(window.movedPressables ?? ["This page is not watched."])),
          );
        }),
    );
}
