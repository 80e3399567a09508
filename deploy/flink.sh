#!/bin/sh
# Starts a JobManager or a TaskManager of the session cluster from the packages in this image.
set -eu
export FLINK_PID_DIR=/tmp FLINK_LOG_DIR=/tmp
if [ "$1" = taskmanager ]; then
    exec "$FLINK_HOME/bin/taskmanager.sh" start-foreground -D taskmanager.host="$(hostname)"
fi
exec "$FLINK_HOME/bin/jobmanager.sh" start-foreground
