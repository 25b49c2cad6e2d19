import "./index.css";
import { AutomnaChat } from "@automna/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <AutomnaChat
      className="text-xl [--automna-accent:var(--color-brand)]"
      gatewayUrl={import.meta.env.VITE_GATEWAY_URL}
      authToken={import.meta.env.VITE_GATEWAY_TOKEN}
    />
  </StrictMode>,
);
