import { loadDeferredParts } from "../src/parts/deferred-parts.tsx";

// What a page fetches when it has nothing else to do; deferred.test.tsx has what happens before.
await loadDeferredParts();
