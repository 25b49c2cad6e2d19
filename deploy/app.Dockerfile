# The app: pages, router and worker. Build it in the project's root: docker build -f deploy/app.Dockerfile -t automna/app .
FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates e2fsprogs mount \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOST=0.0.0.0 DATA_DIR=/data
RUN npm exec --yes --package=pnpm@12.21.0 -- pnpm install --frozen-lockfile \
  && cd apps/web && node node_modules/next/dist/bin/next build
VOLUME /data
EXPOSE 3001
CMD ["node", "apps/web/server.ts"]
