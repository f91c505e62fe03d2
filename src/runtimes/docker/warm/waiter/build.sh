#!/bin/sh
# Prints the machine code of the waiter as base64, for waiter-program.ts: build.sh [PREFIX-], such as aarch64-linux-gnu-
# The bytes in the repository come from Debian 12 (gcc 12.2.0, binutils 2.40).
set -eu
cd "$(dirname "$0")"
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"${1:-}gcc" -Os -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-pic -fno-pie -no-pie -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-stack-clash-protection -mgeneral-regs-only \
  -Wl,--build-id=none -Wl,-z,noexecstack -T waiter.ld -o "$directory/waiter" waiter.c
"${1:-}objcopy" -O binary "$directory/waiter" "$directory/code"
base64 "$directory/code"
