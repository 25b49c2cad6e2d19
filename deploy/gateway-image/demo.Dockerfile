# The context holds the demo gateway as one file.
ARG BASE
FROM ${BASE}
COPY gateway.mjs /app/gateway.mjs
USER 1000:1000
EXPOSE 18789
CMD ["node", "/app/gateway.mjs", "--bind", "0.0.0.0", "--port", "18789"]
