import RFB from "@novnc/novnc";

/** What noVNC takes for a socket: the page around this frame holds the real one. */
class PortChannel {
  binaryType = "arraybuffer";
  protocol = "binary";
  readyState = "connecting";
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;
  #port;

  constructor(port) {
    this.#port = port;
  }

  send(data) {
    const copy = data.slice();
    this.#port.postMessage({ kind: "data", data: copy.buffer }, [copy.buffer]);
  }

  close() {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.#port.postMessage({ kind: "close" }, []);
    this.onclose?.({ code: 1000, reason: "", wasClean: true });
  }

  take(message) {
    if (message.kind === "open") {
      this.readyState = "open";
      this.onopen?.({});
    } else if (message.kind === "data") {
      this.onmessage?.({ data: message.data });
    } else if (message.kind === "closed" && this.readyState !== "closed") {
      this.readyState = "closed";
      this.onclose?.({ code: message.code, reason: "", wasClean: message.code === 1000 });
    }
  }
}

function show(port) {
  const channel = new PortChannel(port);
  const rfb = new RFB(document.getElementById("screen"), channel, { shared: true });
  rfb.scaleViewport = true;
  rfb.focusOnClick = true;
  rfb.background = "#111";
  const tell = (event) => port.postMessage({ kind: "event", event }, []);
  rfb.addEventListener("connect", () => {
    tell({ name: "shown" });
    rfb.focus();
  });
  rfb.addEventListener("credentialsrequired", () => tell({ name: "password-wanted" }));
  rfb.addEventListener("securityfailure", () => tell({ name: "password-refused" }));
  rfb.addEventListener("disconnect", ({ detail }) => tell({ name: "ended", clean: detail.clean }));
  port.addEventListener("message", ({ data }) => {
    if (data.kind === "password") rfb.sendCredentials({ password: data.password });
    else channel.take(data);
  });
  port.start();
}

if (window.parent === window) {
  const alone = document.createElement("p");
  alone.id = "alone";
  alone.textContent = "This is a part of the page /dashboard/remote-cli. Open that instead.";
  document.body.append(alone);
} else {
  addEventListener(
    "message",
    (event) => {
      if (event.source === window.parent && event.ports[0]) show(event.ports[0]);
    },
    { once: true },
  );
  window.parent.postMessage({ kind: "viewer-ready" }, "*");
}
