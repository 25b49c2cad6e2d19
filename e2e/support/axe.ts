import axe from "axe-core";
import type { Page } from "playwright";

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What stands against WCAG 2.2 A and AA on a page, as lines that name rule and element. */
export async function violationsOn(page: Page): Promise<string[]> {
  // The page's own policy refuses scripts without its nonce; what the test evaluates is not bound by it.
  await page.evaluate(`${axe.source}; undefined`);
  const findings: readonly Finding[] = await page.evaluate(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }).then(({ violations }) => violations)`);
  return findings.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id} (${help}): ${html}\n${failureSummary}`),
  );
}
