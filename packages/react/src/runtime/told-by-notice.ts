/**
 * For actions that a person started: the chat's notice says why one failed, so nobody waits for the promise. Without
 * this, a refusal would also be an unhandled rejection of the page.
 */
export function toldByNotice(action: Promise<unknown>): void {
  action.catch(() => undefined);
}
