#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 3000
"""The programs of tests/bpf give the same frames on Debian's own 6.1 kernel,
in qemu."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]
from debian import boot, vectors_run # noqa: E402
from lab import main, setup, test # noqa: E402


@setup
def world(house):
	return boot(house, "v")[0]


@test
def bpf_vectors_give_the_same_frames(world):
	vectors_run(world)


main()
