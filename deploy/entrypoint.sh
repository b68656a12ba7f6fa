#!/bin/sh
# Secrets come as files, as docker and podman give them; what is set in the environment already stays.
set -eu

given() {
  if [ -z "$(printenv "$1" || true)" ] && [ -r "/run/secrets/$2" ]; then
    export "$1=$(cat "/run/secrets/$2")"
  fi
}

given OMNISHOP_KEY omnishop_key
given PGPASSWORD database_password
exec omnishop "$@"
