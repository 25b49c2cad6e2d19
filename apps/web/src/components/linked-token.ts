/**
 * The token that a link brought, read once: afterwards it stands neither in the address nor in the history of the tab.
 */
export function takeLinkedToken(
  location: Pick<Location, "hash" | "pathname" | "search"> = window.location,
  history: Pick<History, "state" | "replaceState"> = window.history,
): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return token === "" ? null : token;
}
