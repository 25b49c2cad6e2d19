import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Colour = readonly [red: number, green: number, blue: number];

const text = (file: string): string => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");

/** Every `light-dark()` of two plain colours in a style sheet, by the variable that it is the value of. */
function pairsIn(css: string): ReadonlyMap<string, readonly [light: string, dark: string]> {
  const found = css.matchAll(/--([\w-]+)[:,]\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/gi);
  return new Map(Array.from(found, ([, name = "", light = "", dark = ""]) => [name, [light, dark]]));
}

const tokens = new Map([...pairsIn(text("markdown/markdown.css")), ...pairsIn(text("styles/tokens.css"))]);

function colour(name: string, mode: 0 | 1): Colour {
  const hex = tokens.get(`automna-${name}`)?.[mode];
  if (hex === undefined) throw new Error(`--automna-${name} is no light-dark() of two colours`);
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

/** Relative luminance (WCAG 2.2, "relative luminance"). */
function luminance(parts: Colour): number {
  const [red = 0, green = 0, blue = 0] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** What is written on what. 4.5:1 (WCAG 1.4.3). */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  text: ["bg", "surface", "surface-sunken", "hover", "warning-soft", "danger-soft", "accent-soft"],
  "text-muted": ["bg", "surface", "surface-sunken", "hover", "warning-soft"],
  link: ["bg", "surface", "surface-sunken", "user-bg"],
  "user-text": ["user-bg"],
  "on-accent": ["accent"],
  accent: ["bg", "surface", "accent-soft"],
  success: ["bg", "surface"],
  warning: ["bg", "surface", "warning-soft"],
  danger: ["bg", "surface", "danger-soft"],
};

/** What has to be seen without being read: edges of fields, focus rings, signs. 3:1 (WCAG 1.4.11, 2.4.11). */
const SIGNS: Readonly<Record<string, readonly string[]>> = {
  "border-strong": ["bg", "surface"],
  focus: ["bg", "surface", "surface-sunken", "user-bg", "warning-soft", "danger-soft", "hover"],
  success: ["bg"],
  warning: ["bg", "surface-sunken"],
  danger: ["bg", "surface-sunken"],
};

function tooFaint(rules: Readonly<Record<string, readonly string[]>>, mode: 0 | 1, least: number): string[] {
  return Object.entries(rules).flatMap(([name, grounds]) =>
    grounds.flatMap((ground) => {
      const ratio = contrast(colour(name, mode), colour(ground, mode));
      return ratio < least ? `${name} on ${ground}: ${ratio.toFixed(2)}` : [];
    }),
  );
}

test("contrast is computed as WCAG computes it", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
});

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("in %s", (_name, mode) => {
  test("every text can be read where it may stand", () => {
    expect(tooFaint(WORDS, mode, 4.5)).toEqual([]);
  });

  test("fields, focus and signs can be seen where they may be", () => {
    expect(tooFaint(SIGNS, mode, 3)).toEqual([]);
  });

  test("every colour of code can be read on the ground of code", () => {
    const names = [...tokens.keys()].flatMap((name) => /^automna-(code-.+)$/.exec(name)?.[1] ?? []);
    expect(names.length).toBeGreaterThan(8);
    const rules = Object.fromEntries(names.map((name) => [name, ["surface-sunken"]]));
    expect(tooFaint(rules, mode, 4.5)).toEqual([]);
  });
});
