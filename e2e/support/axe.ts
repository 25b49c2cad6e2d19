import axe from "axe-core";
import type { Page } from "playwright";

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * What stands against WCAG 2.2 A and AA on a page, as lines that name rule and element.
 *
 * @param foreign Selector of what others put onto the page, which is not looked into.
 */
export async function violationsOn(page: Page, foreign?: string): Promise<string[]> {
  await untilNothingMoves(page);
  // The page's own policy refuses scripts without its nonce; what the test evaluates is not bound by it.
  await page.evaluate(`${axe.source}; undefined`);
  const parts = JSON.stringify({ include: [["html"]], exclude: foreign === undefined ? [] : [[foreign]] });
  const findings: readonly Finding[] = await page.evaluate(`axe.run(${parts}, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }).then(({ violations }) => violations)`);
  return findings.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id} (${help}): ${html}\n${failureSummary}`),
  );
}

/** By how many pixels a page is wider than what shows it. */
export function sidewaysOn(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

/** What fades in has, until then, less contrast than it is drawn with. What moves for ever is not waited for. */
async function untilNothingMoves(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ends = document
      .getAnimations()
      .filter(
        ({ effect, playState }) =>
          playState === "running" && Number.isFinite(effect?.getComputedTiming().endTime),
      )
      .map(({ finished }) => finished);
    await Promise.allSettled(ends);
  });
}
