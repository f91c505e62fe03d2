#!/bin/sh
# Prints the machine code of a program as base64, for the -program.ts beside it: build.sh FILE.c [PREFIX-], such as
# aarch64-linux-gnu-. The bytes in the repository come from Debian 12 (gcc 12.2.0, binutils 2.40).
set -eu
here=$(dirname "$0")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"${2:-}gcc" -Os -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-pic -fno-pie -no-pie -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-stack-clash-protection -mgeneral-regs-only \
  -Wl,--build-id=none -Wl,-z,noexecstack -T "$here/program.ld" -o "$directory/program" "$1"
"${2:-}objcopy" -O binary "$directory/program" "$directory/code"
base64 -w 116 "$directory/code"
