import { headers } from "next/headers";
import { type Strings, stringsFor, wantedLanguages } from "./index.ts";

/** The language that the browser of this request asks for. */
export async function requestStrings(): Promise<Strings> {
  return stringsFor(wantedLanguages((await headers()).get("accept-language")));
}
