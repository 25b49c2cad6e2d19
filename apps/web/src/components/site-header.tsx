"use client";

import { UserButton } from "@clerk/nextjs";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useStrings } from "../i18n/language.tsx";
import { AfterHydration } from "./after-hydration.tsx";
import styles from "./site-header.module.css";

/** The way between the pages, and out. */
export function SiteHeader({ clerk, operator = false }: { clerk: boolean; operator?: boolean }) {
  const { common } = useStrings();
  const pathname = usePathname();
  const places = [
    { href: "/chat", name: common.chat },
    { href: "/dashboard", name: common.dashboard },
    ...(operator ? [{ href: "/admin", name: common.operation }] : []),
  ];
  return (
    <header className={styles.header}>
      <Link href="/" prefetch={false} className={styles.brand}>
        Automna
      </Link>
      <nav className={styles.places}>
        {places.map(({ href, name }) => (
          <Link
            key={href}
            href={href}
            prefetch={false}
            aria-current={pathname === href ? "page" : undefined}
            className={styles.place}
          >
            {name}
          </Link>
        ))}
      </nav>
      {clerk && (
        <AfterHydration>
          <UserButton />
        </AfterHydration>
      )}
    </header>
  );
}
