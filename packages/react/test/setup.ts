import { configure } from "@testing-library/react";
import { patienceMs } from "../../../scripts/test-patience.ts";
import { loadDeferredParts } from "../src/parts/deferred-parts.tsx";

configure({ asyncUtilTimeout: patienceMs });
// What a page fetches when it has nothing else to do; deferred.test.tsx and deferred-parts.test.tsx have what happens before.
await loadDeferredParts();
