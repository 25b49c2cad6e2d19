import type { ComponentProps } from "react";
import styles from "./button.module.css";

/** `tone`: the one thing to do here, something else, or something that cannot be undone. */
export function Button({
  tone = "plain",
  className = "",
  ...rest
}: ComponentProps<"button"> & { tone?: "main" | "plain" | "danger" }) {
  return <button type="button" {...rest} data-tone={tone} className={`${styles.button} ${className}`} />;
}
