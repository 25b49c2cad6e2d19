# The context is a folder in which OpenClaw was installed by npm.
ARG BASE
FROM ${BASE}
USER 0:0
COPY node_modules /app/node_modules
# Where OpenClaw's own image has it.
RUN ["ln", "-s", "node_modules/openclaw/dist", "/app/dist"]
USER 1000:1000
EXPOSE 18789
CMD ["node", "/app/dist/index.js", "gateway", "--bind", "lan", "--port", "18789"]
