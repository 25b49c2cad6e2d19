import type { Metadata } from "next";
import { RemoteCli } from "../../../components/remote-cli/remote-cli.tsx";

export const metadata: Metadata = { title: "Remote CLI" };

export default function RemoteCliPage() {
  return <RemoteCli />;
}
