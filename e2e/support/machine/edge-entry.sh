#!/bin/bash
# CLERK is where Clerk's Frontend API is, which people's browsers reach as clerk.DOMAIN.
# Traefik's arguments and files are not looked at: the routes of deploy/traefik are written here as nginx has them.
set -eu
web="set \$upstream 127.0.0.1:3001;"
router=$web
resolver=
# In a swarm it has Docker's own resolver; on one host it has the host's network.
if grep -q 127.0.0.11 /etc/resolv.conf; then
  web="set \$upstream web:3001;"
  router="set \$upstream router:3001;"
  resolver="resolver 127.0.0.11 valid=1s ipv6=off;"
fi
pass='proxy_pass http://$upstream;'
cat >/tmp/nginx.conf <<CONF
user root; worker_processes 1; daemon off; pid /tmp/nginx.pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
  $resolver
  map \$http_upgrade \$connection_upgrade { default upgrade; "" ""; }
  proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 1h; proxy_send_timeout 1h; client_max_body_size 64m;
  proxy_set_header Host \$http_host; proxy_set_header X-Forwarded-For \$remote_addr; proxy_set_header X-Forwarded-Proto https;
  proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection \$connection_upgrade;
  ssl_certificate /opt/edge/cert.pem; ssl_certificate_key /opt/edge/key.pem;
  server { listen 443 ssl; server_name $DOMAIN; location / { $web $pass } location /i/ { $router $pass } }
  server { listen 443 ssl; server_name clerk.$DOMAIN; location / { proxy_pass $CLERK; } }
  server { listen 443 ssl default_server; location / { $router $pass } }
}
CONF
LD_LIBRARY_PATH=/opt/edge/lib exec /opt/edge/nginx -c /tmp/nginx.conf
