# nginx where deploy/ has Traefik, which cannot be had without a registry of images. It ends TLS and routes the same way.
ARG BASE
FROM ${BASE}
COPY nginx /opt/edge
COPY edge-entry.sh /usr/local/bin/edge-entry.sh
RUN ["mkdir", "-p", "/var/log/nginx", "/var/lib/nginx"]
ENTRYPOINT ["edge-entry.sh"]
