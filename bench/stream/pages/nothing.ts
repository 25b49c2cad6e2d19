/** A page without a chat: what it takes is the harness's own. */
import { expose } from "./harness.ts";

const nothing = (): void => undefined;

expose({
  prepare: nothing,
  mount: nothing,
  ask: nothing,
  delta: nothing,
  otherRenders: () => 0,
  streamRenders: () => 0,
});
