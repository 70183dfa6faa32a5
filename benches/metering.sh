#!/bin/sh
# What metering costs, in instructions: each program of benches/lua in a build with the meter
# and in one without (`--cfg moonfuel_unmetered`, for this measurement alone), at its small size
# times ten where that is a number of rounds. Needs valgrind.
#
#     benches/metering.sh [PROGRAM ...]
set -e
cd "$(dirname "$0")/.."
cargo build --release --quiet
# Added to what .cargo/config.toml says, which the variable RUSTFLAGS would replace.
cargo --config 'build.rustflags=["--cfg", "moonfuel_unmetered"]' build --release --quiet \
    --target-dir target/unmetered
[ $# -gt 0 ] || set -- benches/lua/*.lua
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
        sed -n 's/.*refs: *//p' | tr -d ,
}
for program in "$@"; do
    size=$(sed -n 's/^-- small: //p' "$program")
    metered=$(count target/release/moonfuel run --fuel 1000000000000 "$program" "$size")
    bare=$(count target/unmetered/release/moonfuel run --fuel 1000000000000 "$program" "$size")
    awk -v a="$metered" -v b="$bare" -v n="$(basename "$program" .lua)" \
        'BEGIN { printf "%-18s %+5.1f %%\n", n, (a / b - 1) * 100 }'
done
