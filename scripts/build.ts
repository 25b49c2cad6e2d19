// npm run build: the published packages and the pages of the apps.
import { buildPackages } from "./build-packages.ts";
import { buildWebIfStale } from "./web-build.ts";
import { buildWebchatIfStale } from "./webchat-build.ts";

await buildPackages();
await buildWebIfStale();
await buildWebchatIfStale();
