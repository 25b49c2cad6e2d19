import { AutomnaChat } from "@automna/react";
import { connection } from "next/server";

/** A server component: the package itself says where the client begins. */
export default async function Page() {
  await connection();
  return (
    <AutomnaChat gatewayUrl={process.env.GATEWAY_URL ?? ""} authToken={process.env.GATEWAY_TOKEN ?? ""} />
  );
}
