#!/usr/bin/env bash
# From data/raw to data/processed, through all stages of the topology. Options are those of `daylapse run`.
#
#   ./scripts/prepare_data.sh
#   ./scripts/prepare_data.sh --raw-dir my/csvs --keep-engagement
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_build_tools
build_release
exec "$binary" run --raw-dir data/raw "$@"
