#!/bin/sh
# Writes the addresses that hold passwords, and lends the volumes to the user that the services run as.
set -eu
umask 077
printf 'postgresql://freshet:%s@postgres:5432/freshet' "$(cat /run/secrets/postgres_password)" >/run/freshet/database_url
printf 'redis://:%s@valkey:6379/0' "$(cat /run/secrets/valkey_password)" >/run/freshet/redis_url
mkdir -p /data/freshet/data/flink/checkpoints
chown -R freshet:freshet /run/freshet /data/freshet /data/originals
