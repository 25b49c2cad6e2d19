# The context is a folder in which OpenClaw was installed by npm.
ARG BASE
FROM ${BASE}
USER 0:0
COPY node_modules /app/node_modules
# Where OpenClaw's own image has it.
RUN ["ln", "-s", "node_modules/openclaw/dist", "/app/dist"]
# npm's install scripts did not run; OpenClaw makes up for it at its first start, which must not be in a read-only root.
RUN ["node", "/app/dist/index.js", "--version"]
RUN ["sh", "-c", "test ! -e /app/node_modules/openclaw/.openclaw-lifecycle-pending"]
USER 1000:1000
EXPOSE 18789
CMD ["node", "/app/dist/index.js", "gateway", "--bind", "lan", "--port", "18789"]
