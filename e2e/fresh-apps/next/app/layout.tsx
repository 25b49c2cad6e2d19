import "@automna/react/styles.css";
import type { ReactNode } from "react";

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
      </head>
      <body style={{ margin: 0, height: "100vh" }}>{children}</body>
    </html>
  );
}
