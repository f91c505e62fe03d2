#!/bin/sh
# Writes the machine code of a program to a file: build.sh SOURCE FILE [PREFIX], with the prefix of a cross compiler such as
# aarch64-linux-gnu-. The programs in the repository come from Debian 12 (gcc 12.2.0, binutils 2.40).
set -eu
here=$(dirname "$0")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"${3:-}gcc" -Os -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-pic -fno-pie -no-pie -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-stack-clash-protection -mgeneral-regs-only \
  -Wl,--build-id=none -Wl,-z,noexecstack -T "$here/program.ld" -o "$directory/program" "$1"
"${3:-}objcopy" -O binary "$directory/program" "$2"
