// Runs inside of the page: each function stands alone.

/** Controls that are smaller than 24 pixels and so near to another that a finger would hit both (WCAG 2.5.8). */
export function smallTargets(): string[] {
  const LEAST = 24;
  const controls = Array.from(
    document.querySelectorAll<HTMLElement>(
      "button, a[href], select, input, textarea, summary, [role='menuitem']",
    ),
  ).filter((element) => {
    const isInText = element.matches("a") && element.closest("p, li, td") !== null;
    return element.checkVisibility() && !isInText && !element.matches("[hidden]");
  });
  const boxes = controls.map((element) => ({ element, box: element.getBoundingClientRect() }));
  const centre = (box: DOMRect) => [box.x + box.width / 2, box.y + box.height / 2] as const;
  const reach = ([x, y]: readonly [number, number], box: DOMRect) =>
    Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  return boxes.flatMap(({ element, box }) => {
    if (box.width >= LEAST - 0.1 && box.height >= LEAST - 0.1) return [];
    const isNear = boxes.some(
      (other) => other.element !== element && reach(centre(box), other.box) < LEAST / 2,
    );
    const name = element.getAttribute("aria-label") ?? element.textContent;
    return isNear ? [`${name}: ${box.width.toFixed(0)} × ${box.height.toFixed(0)}`] : [];
  });
}

export interface FocusStop {
  readonly name: string;
  /** Some of it can be seen: nothing lies over the whole of it. */
  readonly isInSight: boolean;
  /** It looks different from what has no focus. */
  readonly isMarked: boolean;
}

/** What has the focus, `null` when nothing has. */
export function focusStop(): FocusStop | null {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const shares = [0.1, 0.3, 0.5, 0.7, 0.9];
  const isInSight = shares.some((across) =>
    shares.some((down) => {
      const hit = document.elementFromPoint(box.x + box.width * across, box.y + box.height * down);
      return hit !== null && element.contains(hit);
    }),
  );
  const ringed = (candidate: Element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(candidate);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
  };
  const field = element.closest(".automna-composer-box");
  const isField =
    element.matches("textarea") &&
    field !== null &&
    getComputedStyle(field).boxShadow.includes("0px 0px 0px 1px");
  const name = element.getAttribute("aria-label") ?? element.textContent;
  return { name: name.trim().slice(0, 60), isInSight, isMarked: ringed(element) || isField };
}

/** Texts of which a part cannot be seen because their box is too small. */
export function clippedTexts(): string[] {
  return Array.from(document.querySelectorAll<HTMLElement>(".automna-chat *")).flatMap((element) => {
    const hasText = Array.from(element.childNodes).some(
      ({ nodeType, textContent }) => nodeType === Node.TEXT_NODE && (textContent ?? "").trim() !== "",
    );
    if (!hasText || !element.checkVisibility() || element.closest(".automna-visually-hidden, pre, select"))
      return [];
    const { overflowX, overflowY } = getComputedStyle(element);
    const isCutAcross = overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1;
    const isCutDown = overflowY === "hidden" && element.scrollHeight > element.clientHeight + 1;
    return isCutAcross || isCutDown ? [(element.textContent ?? "").slice(0, 60)] : [];
  });
}
