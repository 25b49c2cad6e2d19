import type { ApiOptions } from "./api.ts";

/** Whether somebody may see everything. The one person of an app without Clerk may. */
export function isOperator(
  { kind, clerkId }: { readonly kind: "clerk" | "local"; readonly clerkId: string },
  { operators }: Pick<ApiOptions, "operators">,
): boolean {
  return kind === "local" || operators.has(clerkId);
}
