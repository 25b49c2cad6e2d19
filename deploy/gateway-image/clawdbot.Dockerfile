# The context is a folder in which Clawdbot was installed by npm, and this folder's clawdbot-gateway.mjs.
ARG BASE
FROM ${BASE}
USER 0:0
COPY node_modules /app/node_modules
COPY clawdbot-gateway.mjs /app/gateway.mjs
# Its plugins are TypeScript, transpiled at the first start: 25 s and 1 GB that no tenant should pay.
RUN ["node", "--max-old-space-size=3000", "/app/gateway.mjs", "--warm"]
USER 1000:1000
EXPOSE 18789
CMD ["node", "/app/gateway.mjs", "gateway", "--bind", "lan", "--port", "18789"]
