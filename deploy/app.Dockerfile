# The app: pages, router and worker. From the sources, in the project's root:
#   docker build -f deploy/app.Dockerfile -t automna/app .
# deploy/app-image/build.ts makes the same without a registry of images; its context is installed and built already.
ARG BASE=node:24-bookworm-slim
FROM ${BASE}
WORKDIR /app
COPY . .
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOST=0.0.0.0 DATA_DIR=/data
RUN test -d node_modules || { \
  npm exec --yes --package=pnpm@12.21.0 -- pnpm install --frozen-lockfile --prod=false \
  && (cd apps/web && node node_modules/next/dist/bin/next build && rm -rf .next/cache) \
  && npm cache clean --force; }
VOLUME /data
EXPOSE 3001
# The orchestrator takes the old one away when the new one is ready, and not before.
HEALTHCHECK --interval=5s --timeout=8s --start-period=90s CMD ["node", "deploy/app-image/ready.mjs"]
CMD ["node", "apps/web/server.ts"]
