import type { Strings } from "../i18n/strings.ts";

/** A step of provisioning in words; a step that this page does not know yet is shown as it is. */
export function phaseText(phase: string, texts: Strings["agent"]["phase"]): string {
  const known: Readonly<Record<string, string>> = texts;
  return Object.hasOwn(texts, phase) ? (known[phase] ?? phase) : phase;
}
