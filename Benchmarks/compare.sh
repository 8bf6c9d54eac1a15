#!/usr/bin/env bash
# Every workload in MiniTorch and in PyTorch, alternately: bash Benchmarks/compare.sh [--only REGEX] [--json | --markdown | --check]
# [--rounds N] [--warmup SECONDS] [--python PATH] [--core N]. Needs python3-torch; says so where there is none.
set -euo pipefail
here=$(dirname "$0")
dotnet build -c Release --nologo -clp:ErrorsOnly "$here/Benchmarks.csproj" >&2
exec dotnet "$here/bin/Release/net10.0/MiniTorch.Benchmarks.dll" compare "$@"
