import { webContext } from "../server/context.ts";
import { isOperatorHere } from "../server/visitor.ts";
import { SiteHeader } from "./site-header.tsx";

/** The header with what this visitor may see in it. */
export async function SignedInHeader() {
  const clerk = webContext().identity.kind === "clerk";
  return <SiteHeader clerk={clerk} operator={await isOperatorHere()} />;
}
