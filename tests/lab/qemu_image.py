# SPDX-License-Identifier: GPL-2.0-only
"""Debian's stock kernel for qemu guests: fetched, unpacked, with a small
initramfs.  Everything lands in the cache folder; nothing is installed.

prepare() downloads about 70 MB the first time and is quick afterwards.
"""

import collections
import fcntl
import glob
import gzip
import lzma
import os
import shutil
import subprocess
import tempfile

Image = collections.namedtuple("Image", "kernel initrd modules version")

# in the initramfs: what is needed to reach the host's file system, and what
# the tests use
MODULES = ("virtio_pci 9pnet_virtio 9p virtio_console virtio_net virtio_rng "
	   "overlay veth macvlan 8021q")

INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc
$b mount -t devtmpfs d /dev
while read -r m; do
	$b insmod /lib/modules/$m || echo "LAB-FAIL insmod $m"
done </lib/modules/list
for w in $($b cat /proc/cmdline); do
	case $w in LAB_*=*) export "$w" ;; esac
done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose \\
	host /mnt || { echo LAB-FAIL 9p; $b poweroff -f; }
$b mount --move /dev /mnt/dev
$b umount /proc
exec $b switch_root /mnt $LAB_INIT
"""


def _run(*argv, **more):
	return subprocess.run(argv, check=True, stdout=subprocess.PIPE,
			      text=True, **more).stdout


def _package():
	"""Name of the current kernel package of the release."""
	for attempt in (0, 1):
		text = _run("apt-cache", "depends", "linux-image-amd64")
		for line in text.splitlines():
			if "Depends:" in line:
				return line.split()[-1]
		if not attempt:
			_run("apt-get", "update", "-q")
	raise RuntimeError("apt does not know linux-image-amd64")


def _unpack(package, folder):
	"""Download and unpack; the package's tree is then in folder/tree."""
	tree = os.path.join(folder, "tree")
	for attempt in (0, 1):
		try:
			_run("apt-get", "-q", "download", package, cwd=folder,
			     stderr=subprocess.STDOUT)
			break
		except subprocess.CalledProcessError:
			if attempt:
				raise
			_run("apt-get", "update", "-q")
	archive = glob.glob(os.path.join(folder, package + "_*.deb"))[0]
	_run("dpkg", "-x", archive, tree)
	os.unlink(archive)
	return tree


def _vmlinux(compressed, out):
	"""The uncompressed kernel boots by PVH: saves 3 s under emulation."""
	with open(compressed, "rb") as f:
		data = f.read()
	at = data.find(b"\xfd7zXZ\0")
	if at < 0:
		raise RuntimeError("no xz stream in " + compressed)
	with open(out, "wb") as f:
		f.write(lzma.LZMADecompressor().decompress(data[at:]))


def _module_files(tree, version):
	"""Files of MODULES with what they depend on, in loading order."""
	files = []
	for module in MODULES.split():
		text = _run("modprobe", "-d", tree, "-S", version,
			    "--show-depends", module)
		for line in text.splitlines():
			words = line.split()
			if words[0] == "insmod" and words[1] not in files:
				files.append(words[1])
	return files


def _initrd(tree, version, out):
	with tempfile.TemporaryDirectory(dir=os.path.dirname(out)) as work:
		for name in ("bin", "dev", "proc", "sys", "mnt", "lib/modules"):
			os.makedirs(os.path.join(work, name))
		shutil.copy(shutil.which("busybox"), work + "/bin/busybox")
		os.symlink("busybox", work + "/bin/sh")
		with open(work + "/lib/modules/list", "w") as listing:
			for path in _module_files(tree, version):
				shutil.copy(path, work + "/lib/modules")
				print(os.path.basename(path), file=listing)
		with open(work + "/init", "w") as f:
			f.write(INIT)
		os.chmod(work + "/init", 0o755)
		names = _run("find", ".", cwd=work)
		archive = subprocess.run(
			["cpio", "-o", "-H", "newc", "--quiet"], cwd=work,
			input=names.encode(), stdout=subprocess.PIPE,
			check=True).stdout
	with open(out, "wb") as f:
		f.write(gzip.compress(archive, 1))


def prepare(cache):
	"""The Image, made if it is not in the cache."""
	os.makedirs(cache, exist_ok=True)
	with open(os.path.join(cache, ".lock"), "w") as lock:
		fcntl.flock(lock, fcntl.LOCK_EX)
		package = _package()
		folder = os.path.join(cache, package)
		version = package[len("linux-image-"):]
		image = Image(os.path.join(folder, "vmlinux"),
			      os.path.join(folder, "initrd.gz"),
			      os.path.join(folder, "tree/lib/modules"),
			      version)
		done = os.path.join(folder, "done")
		if not os.path.exists(done):
			shutil.rmtree(folder, ignore_errors=True)
			os.makedirs(folder)
			tree = _unpack(package, folder)
			_run("depmod", "-b", tree, version)
			_vmlinux(tree + "/boot/vmlinuz-" + version,
				 image.kernel)
			_initrd(tree, version, image.initrd)
			with open(done, "w"):
				pass
	return image
