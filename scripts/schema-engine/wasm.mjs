// Loads @prisma/schema-engine-wasm and gives its methods by name.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as glue from "@prisma/schema-engine-wasm/schema_engine_bg";

export async function loadSchemaEngine({ datamodels, adapterFactory, log }) {
  // The engine calls this global with a panic's message before it throws a bare RuntimeError.
  let panic;
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message(message) {
      panic = message;
    },
  };
  instantiate();
  const engine = await glue.SchemaEngine.new(
    { datamodels: datamodels.length > 0 ? datamodels : undefined },
    log,
    bindMigrationAwareSqlAdapterFactory(adapterFactory),
  );
  return {
    async call(method, params) {
      if (typeof engine[method] !== "function")
        throw new Error(`This schema engine has no method "${method}".`);
      return (await engine[method](params)) ?? {};
    },
    takePanic() {
      const message = panic;
      panic = undefined;
      return message;
    },
  };
}

function instantiate() {
  const script = import.meta.resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bytes = readFileSync(fileURLToPath(script).replace(/\.js$/, ".wasm"));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    "./schema_engine_bg.js": glue,
  });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
}
