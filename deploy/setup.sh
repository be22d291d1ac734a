#!/bin/sh
# Pools, automations, and prefect.yaml with the schedules of schedules.toml laid over it.
set -eu
cd /app
python -m flows.orchestration.setup --yaml prefect.yaml --schedules schedules.toml --to /tmp/deployments.yaml --pools "${POOLS:-cpu}"
prefect --no-prompt deploy --all --prefect-file /tmp/deployments.yaml
