import axe from "axe-core";
import type { Page } from "playwright";

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What stands against WCAG 2.2 A and AA on a page, as lines that name rule and element. */
export async function violationsOn(page: Page): Promise<string[]> {
  await untilNothingMoves(page);
  // The page's own policy refuses scripts without its nonce; what the test evaluates is not bound by it.
  await page.evaluate(`${axe.source}; undefined`);
  const findings: readonly Finding[] = await page.evaluate(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }).then(({ violations }) => violations)`);
  return findings.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id} (${help}): ${html}\n${failureSummary}`),
  );
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
