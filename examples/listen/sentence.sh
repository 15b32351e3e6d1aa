#!/usr/bin/env bash
# Makes sentence.wav, "Speech is here, and here again." with pauses, 16,000 samples a second: Debian 12's espeak-ng 1.51
# speaks it, and sox 14.4.2 resamples it. What espeak-ng speaks is not under its licence; the file is under this
# repository's.
set -euo pipefail
cd "$(dirname "$0")"
made=$(mktemp -d)
espeak-ng -v en-gb -s 150 -w "$made/first.wav" "Speech is here,"
espeak-ng -v en-gb -s 150 -w "$made/second.wav" "and here again."
sox -D "$made/first.wav" -r 16000 -b 16 -c 1 "$made/a.wav" rate pad 0.5 0.4
sox -D "$made/second.wav" -r 16000 -b 16 -c 1 "$made/b.wav" rate pad 0.5 0.6
sox -D "$made/a.wav" "$made/b.wav" sentence.wav
rm -r "$made"
