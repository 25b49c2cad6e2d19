// The image's health check: whether this process wants work. A worker answers on its operations port alone.
const { OPS_PORT, PORT = "3001" } = process.env;
const answer = await fetch(`http://localhost:${OPS_PORT || PORT}/readyz`).catch(() => null);
process.exit(answer?.ok ? 0 : 1);
