import { stringsFor } from "@automna/react/i18n";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { takeTicket } from "./access-key.ts";
import { pageStrings } from "./strings.ts";
import { WebchatPage } from "./webchat-page.tsx";
import "@automna/react/styles.css";
import "./page.css";

const { ticket, address } = takeTicket(window.location.href);
// Before anything else can read it, and so that neither history nor a copied address keeps it.
if (ticket !== null) window.history.replaceState(null, "", address);

const strings = stringsFor(navigator.languages);
const words = pageStrings(strings.locale);
document.documentElement.lang = strings.locale;
document.documentElement.dir = strings.direction;
document.title = words.title;

const root = document.querySelector("#root");
if (root === null) throw new Error("The page has no root.");
createRoot(root).render(
  <StrictMode>
    <WebchatPage ticket={ticket} strings={strings} words={words} />
  </StrictMode>,
);
