import { testModel } from "./model.ts";

testModel(3, 1);
