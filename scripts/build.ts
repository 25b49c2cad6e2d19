// npm run build: the published packages and the pages of the app.
import { buildPackages } from "./build-packages.ts";
import { buildWebIfStale } from "./web-build.ts";

await buildPackages();
buildWebIfStale();
