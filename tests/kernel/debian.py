# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel tests share: a qemu guest with Debian's own kernel, and
the program that shares a port with ours."""

import glob
import os
import subprocess

import frames
import lab
from lab import expect
from runner import tap_count

OTHER = os.path.join(lab.BUILD, "tests", "kernel", "pass.bpf.o")


def compile_other():
	os.makedirs(os.path.dirname(OTHER), exist_ok=True)
	multiarch = subprocess.run(["gcc", "-print-multiarch"], check=True,
				   stdout=subprocess.PIPE,
				   text=True).stdout.strip()
	subprocess.run(["clang", "-target", "bpf", "-mcpu=v3", "-O2", "-g",
			"-I/usr/include/" + multiarch, "-c",
			os.path.join(lab.TOP, "tests/kernel/pass.bpf.c"),
			"-o", OTHER], check=True)


def boot(house, name):
	"""A guest whose eth0 is p0 in the namespace returned with it."""
	lab.need("qemu-system-x86_64", "busybox", "cpio", "bpftool",
		 "xdp-loader", "clang")
	outside = house.netns(name)
	# with half of that, each load of our maps takes minutes
	guest = house.guest(name, [(outside, "p0")], backend="qemu",
			    memory=2048, start=False)
	guest.start(modules="veth", timeout=180)
	guest.exec("mount -t bpf bpf /sys/fs/bpf")
	guest.exec("ulimit -l unlimited; ip link add va type veth peer name vb"
		   " && ip link set va up && ip link set vb up")
	return guest, outside


def ping(client, count=20):
	"""Echo through the switch; returns the number of answers."""
	answers = []
	for seq in range(count):
		client.ppp.other.clear()
		client.ppp.ip(frames.echo(client.ppp.address, "10.98.0.2",
					  seq=seq))
		try:
			client.ppp.wait(lambda p: p.other, 5, "echo")
			answers.append(client.ppp.other[0])
		except AssertionError:
			pass
	for answer in answers:
		expect(answer[:2], b"\0\x21")
		expect(frames.ip4_text(answer[14:18]), "10.98.0.2")
		expect(frames.checksum(answer[2:22]), 0, "IPv4 header sum")
	return len(answers)


def tap_run(world, path):
	"""Runs a cmocka program in the guest: all its tests, none failed."""
	status, out = world.wait_done(world.bg(
		"cd %s; ulimit -l unlimited; L2X_FRAMES=20000"
		" CMOCKA_MESSAGE_OUTPUT=TAP %s" %
		(lab.TOP, path), 600), 610)
	text = out.decode(errors="replace")
	count = tap_count(text)
	if status or count.failed or not count.passed:
		raise AssertionError("status %s, %s\n%s" % (status, count,
							    text[-6000:]))
	return count


def vectors_run(world):
	"""The programs of tests/bpf in the guest."""
	programs = [p for p in sorted(glob.glob(os.path.join(
		lab.BUILD, "tests/bpf/test_*"))) if os.access(p, os.X_OK)]
	if not programs:
		raise AssertionError("no programs in build/tests/bpf")
	for path in programs:
		if os.path.basename(path) == "test_spread":
			continue # sessions over cores, and the guest has one
		count = tap_run(world, path)
		print("# %s: %s on 6.1" % (os.path.basename(path), count))
