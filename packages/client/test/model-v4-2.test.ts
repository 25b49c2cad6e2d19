import { testModelBesideOracle } from "./model-beside-oracle.ts";

testModelBesideOracle(2);
