import Link from "next/link";
import { Notice } from "../components/notice.tsx";

export default function NotFound() {
  return (
    <main style={{ display: "flex", flex: 1 }}>
      <Notice title="There is no such page">
        <Link href="/" prefetch={false}>
          Back to the start
        </Link>
      </Notice>
    </main>
  );
}
