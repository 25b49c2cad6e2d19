import { testModel } from "./model.ts";

testModel(4, 2);
