import type { PrepareInstance } from "@automna/control-plane/jobs";
import { type PreparationOptions, prepareInstance } from "../../src/server/instance-preparation.ts";

interface PlainPreparation extends Pick<PreparationOptions, "database" | "keyRing"> {
  readonly runtime: Pick<PreparationOptions["runtime"], "driver" | "product">;
  /** Default: there is no model. */
  readonly modelFor?: PreparationOptions["modelFor"];
}

/** Prepares instances as the app does, for no page and with nobody to keep secrets from. */
export function plainPreparation({
  runtime,
  modelFor = () => null,
  ...stored
}: PlainPreparation): PrepareInstance {
  const options: PreparationOptions = {
    ...stored,
    runtime: { ...runtime, build: "", image: null },
    modelFor,
    allowedOrigins: () => [],
    redactor: { add: () => {}, text: (text) => text, value: (value) => value },
  };
  return (instance, image) => prepareInstance(instance, options, image);
}
