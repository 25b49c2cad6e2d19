import type { Metadata } from "next";
import { RemoteCli } from "../../../components/remote-cli/remote-cli.tsx";
import { SignedInHeader } from "../../../components/signed-in-header.tsx";
import { requestStrings } from "../../../i18n/request-strings.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestStrings()).remote.title };
}

export default function RemoteCliPage() {
  return (
    <>
      <SignedInHeader />
      <RemoteCli />
    </>
  );
}
