import { testModelOverHttp } from "./model.ts";

testModelOverHttp(3);
testModelOverHttp(4);
