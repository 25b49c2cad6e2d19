/** Preloaded into processes that are to do without Next: importing it fails. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (/^next($|\/)/.test(specifier)) throw new Error(`${context.parentURL} imports ${specifier}.`);
    return nextResolve(specifier, context);
  },
});
