#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs all tests and adds up their TAP lines; see scripts/test.

A program passes when it says so by TAP and exits with 0.  A missing result
(plan not reached), a bad exit status, a time-out or a failed build is a
failure of its own.
"""

import collections
import concurrent.futures
import contextlib
import glob
import os
import re
import signal
import subprocess
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
	os.path.abspath(__file__))))
LOGS = os.path.join(TOP, "build", "test-logs")

TAP = re.compile(r"^(not )?ok\b(.*)")
PLAN = re.compile(r"^1\.\.(\d+)(.*)")
SKIP = re.compile(r"#\s*skip\b[:\s]*(.*)", re.I)

Run = collections.namedtuple(
	"Run", "name argv limit environment one beside",
	defaults=({}, False, False))

# Two programs run at a time in these parts: each needs one CPU and measures no
# time.  In the other parts, files that mostly wait say so with this line.
PAIRED = ("lint", "unit", "kernel", "fuzz")
BESIDE = "# beside: yes"

# Which build of l2xd a net file runs against: the one under ASan and UBSan,
# unless the file says that it needs the plain one, or both.
PLAIN_ONLY = "# daemon: plain"
BOTH = "# daemon: both"

output = threading.Lock()
going = set() # processes


class Count:
	"""Results: of one program, or of all."""

	def __init__(self):
		self.passed = self.failed = self.skipped = 0
		self.why_skipped = []
		self.which_failed = [] # said once more at the very end

	def add(self, other):
		self.passed += other.passed
		self.failed += other.failed
		self.skipped += other.skipped
		self.why_skipped += other.why_skipped
		self.which_failed += other.which_failed

	def __str__(self):
		return "%d passed, %d failed, %d skipped" % (
			self.passed, self.failed, self.skipped)


def tap_count(text):
	"""Count the TAP lines of a program (cmocka says "not ok N # SKIP")."""
	count, planned, skip_all = Count(), 0, None
	for line in text.splitlines():
		plan = PLAN.match(line)
		if plan:
			planned += int(plan.group(1))
			skip_all = skip_all or SKIP.search(plan.group(2))
		result = TAP.match(line)
		if not result:
			continue
		skip = SKIP.search(result.group(2))
		if skip:
			count.skipped += 1
			count.why_skipped.append(line)
		elif result.group(1):
			count.failed += 1
		else:
			count.passed += 1
	seen = count.passed + count.failed + count.skipped
	if seen < planned:
		count.failed += planned - seen
	if skip_all and not seen:
		count.skipped += 1
		count.why_skipped.append(skip_all.group(0))
	return count


def kill_session(process):
	"""SIGTERM lets a test clean up; then end what is left of it."""
	process.terminate()
	try:
		process.wait(30)
	except subprocess.TimeoutExpired:
		pass
	try:
		os.killpg(process.pid, signal.SIGKILL)
	except ProcessLookupError:
		pass
	process.wait()


def execute(run, label):
	"""Run one program; returns (status or "time-out", stdout, stderr)."""
	base = os.path.join(LOGS, label + "." + run.name)
	environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP",
			   PYTHONDONTWRITEBYTECODE="1", **run.environment)
	with open(base + ".out", "wb") as out, open(base + ".err", "wb") as err:
		process = subprocess.Popen(
			run.argv, cwd=TOP, env=environment, stdout=out,
			stderr=err, stdin=subprocess.DEVNULL,
			start_new_session=True)
		going.add(process)
		try:
			status = process.wait(run.limit)
		except subprocess.TimeoutExpired:
			kill_session(process)
			status = "time-out after %d s" % run.limit
		except BaseException:
			kill_session(process)
			raise
		finally:
			going.discard(process)
	with open(base + ".out", errors="replace") as out, \
	     open(base + ".err", errors="replace") as err:
		return status, out.read(), err.read()


def judge(run, status, out):
	"""Results of a program that has ended."""
	if run.one: # no TAP: its exit status is the result
		count = Count()
		if status == 0:
			count.passed = 1
		else:
			count.failed = 1
		return count
	count = tap_count(out)
	if status != 0 and not count.failed:
		count.failed = 1
	if not count.passed + count.failed + count.skipped:
		count.failed = 1 # said nothing at all
	return count


def report(run, label, status, out, err, count, seconds):
	print("%-7s %-28s %s  (%.1f s)" % (label, run.name, count, seconds))
	for line in count.why_skipped:
		print("        skipped: " + line)
	if count.failed:
		if status != 0:
			print("        status: %s" % status)
		for line in (out + err).splitlines()[-150:]:
			print("    | " + line)
		count.which_failed += ["%s %s" % (label, run.name)] + [
			"    " + line for line in out.splitlines()
			if line.startswith("not ok")]
	sys.stdout.flush()


def make(label, *targets):
	"""Build; returns a Count with one failure if that does not work."""
	count = Count()
	begin = time.monotonic()
	done = subprocess.run(["make", "-s", "-j2", *targets], cwd=TOP,
			      stdout=subprocess.PIPE,
			      stderr=subprocess.STDOUT, text=True,
			      errors="replace")
	seconds = time.monotonic() - begin
	if done.returncode:
		count.failed = 1
		count.which_failed.append(label + " make")
		print("%-7s %-28s failed  (%.1f s)" %
		      (label, "make " + " ".join(targets), seconds))
		for line in done.stdout.splitlines()[-60:]:
			print("    | " + line)
	elif seconds > 1:
		print("%-7s %-28s done  (%.1f s)" %
		      (label, "make " + " ".join(targets), seconds))
	sys.stdout.flush()
	return count


def limit_of(path, otherwise):
	"""A test file may say "# limit: SECONDS"."""
	with open(path, errors="replace") as f:
		found = re.search(r"^# limit: (\d+)", f.read(), re.M)
	return int(found.group(1)) if found else otherwise


def says(path, text):
	with open(path, errors="replace") as f:
		return text in f.read()


# ---- the parts: what to build, what to run --------------------------------
def sources(pattern):
	return sorted(glob.glob(os.path.join(TOP, pattern)))


def stem(path):
	return os.path.splitext(os.path.basename(path))[0]


def part_lint():
	runs = [Run(os.path.basename(p), [p], 120, one=True)
		for p in sources("scripts/check-*")]
	# what is built is gcc's: the other compiler warns of other things
	clang = ["make", "-s", "-C", TOP, "-j%d" % (os.cpu_count() or 1),
		 "CC=clang", "B=build/clang", "objects"]
	return [], runs + [Run("clang", clang, 900, one=True)]


def part_unit():
	return ["unit-tests"], [
		Run(stem(p), [os.path.join(TOP, "build/tests/unit", stem(p))],
		    120) for p in sources("tests/unit/test_*.c")]


def part_bpf():
	return ["all", "bpf-tests"], [
		Run(stem(p), [os.path.join(TOP, "build/tests/bpf", stem(p))],
		    300) for p in sources("tests/bpf/test_*.c")]


def net_files():
	return sources("tests/net/test_*.py")


def net_run(path, plain):
	"""One net file against one build of l2xd."""
	if plain:
		return Run(stem(path) + ".plain", ["/usr/bin/python3", path],
			   limit_of(path, 600), beside=says(path, BESIDE))
	program = os.path.join(TOP, "build/asan/l2xd")
	return Run(stem(path), ["/usr/bin/python3", path],
		   2 * limit_of(path, 600), {"L2XD": program},
		   beside=says(path, BESIDE))


def part_net():
	runs = [Run("selftest", [os.path.join(TOP, "tests/lab/selftest.py")],
		    300)]
	for path in net_files():
		if not says(path, PLAIN_ONLY):
			runs.append(net_run(path, plain=False))
		if says(path, PLAIN_ONLY) or says(path, BOTH):
			runs.append(net_run(path, plain=True))
	return ["all", "asan"], runs


def part_plain():
	return ["all"], [net_run(p, plain=True) for p in net_files()]


def part_kernel():
	return ["all", "bpf-tests", "unit-tests"], [
		Run(stem(p), ["/usr/bin/python3", p], limit_of(p, 1200))
		for p in sources("tests/kernel/test_*.py")]


def part_fuzz():
	runs = []
	for path in sources("tests/fuzz/fuzz_*.c"):
		name = stem(path)
		found = os.path.join(TOP, "build/fuzz/found", name)
		argv = [os.path.join(TOP, "build/fuzz", name),
			# one seed: the same inputs for everybody
			"-seed=1", "-max_total_time=10", "-timeout=5",
			"-rss_limit_mb=1024", "-print_final_stats=1",
			"-artifact_prefix=%s/" % found, found]
		short = name[len("fuzz_"):]
		for seeds in (name, short):
			seeds = os.path.join(TOP, "tests/fuzz/corpus", seeds)
			if os.path.isdir(seeds):
				argv.append(seeds)
		os.makedirs(found, exist_ok=True)
		runs.append(Run(name, argv, 60, one=True))
	return ["fuzz"], runs


PARTS = collections.OrderedDict([
	("lint", part_lint), ("unit", part_unit), ("bpf", part_bpf),
	("net", part_net), ("kernel", part_kernel), ("fuzz", part_fuzz),
	("plain", part_plain)])
ON_REQUEST = ("plain",)
NEED_ROOT = ("bpf", "net", "plain", "kernel")


def run_one(label, run):
	"""Run and report one program; returns its Count."""
	count = Count()
	if not run.one and label in ("unit", "bpf") and (
			not os.path.exists(run.argv[0])):
		count.failed = 1
		with output:
			print("%-7s %-28s not built" % (label, run.name))
		return count
	begin = time.monotonic()
	status, out, err = execute(run, label)
	count = judge(run, status, out)
	with output:
		report(run, label, status, out, err, count,
		       time.monotonic() - begin)
	return count


def run_part(label, pattern):
	"""Build and run one part; returns its Count."""
	total = Count()
	if label in NEED_ROOT and os.geteuid():
		total.skipped = 1
		print("%-7s skipped: needs root" % label)
		return total
	targets, runs = PARTS[label]()
	runs = [r for r in runs if pattern in r.name]
	if not runs: # a test that was meant and did not run
		print("%-7s nothing is called %r" % (label, pattern))
		total.failed = 1
		return total
	if targets:
		total.add(make(label, *targets))
	paired = [r for r in runs if label in PAIRED]
	paired += [r for r in reversed(runs) if r.beside] # longest first
	for count in (
			run_all(label, [r for r in runs if r not in paired], 1),
			run_all(label, paired, 2)):
		total.add(count)
	return total


def run_all(label, runs, workers):
	"""Run programs, so many at a time; returns their Count."""
	total = Count()
	with concurrent.futures.ThreadPoolExecutor(workers) as pool:
		results = [pool.submit(run_one, label, run) for run in runs]
		try:
			for result in results:
				total.add(result.result())
		except BaseException:
			pool.shutdown(wait=False, cancel_futures=True)
			for process in list(going):
				kill_session(process)
			raise
	return total


def prepare():
	os.makedirs(LOGS, exist_ok=True)
	if not os.geteuid() and not os.path.ismount("/sys/fs/bpf"):
		subprocess.run(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"],
			       check=False)
		if not os.path.ismount("/sys/fs/bpf"):
			print("no bpf file system can be mounted")


@contextlib.contextmanager
def busy_processors():
	"""Something else wants every CPU meanwhile."""
	loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
		 for _ in range(os.cpu_count() or 1)]
	try:
		yield
	finally:
		for loop in loops:
			loop.kill()
			loop.wait()


def run_chosen(chosen):
	total = Count()
	for label, pattern in chosen:
		total.add(run_part(label, pattern))
	return total


def run_stress(chosen, times):
	"""The same programs again and again, beside busy processors."""
	total = Count()
	with busy_processors():
		for i in range(times):
			print("---- %d of %d" % (i + 1, times))
			total.add(run_chosen(chosen))
	return total


def stress_read(argv):
	"""Takes "stress" and a number of times off; returns (words, times)."""
	if argv[:1] != ["stress"]:
		return argv, 0
	if len(argv) > 2 and argv[-1].isdigit():
		return argv[1:-1], int(argv[-1])
	return argv[1:], 20


def main(argv):
	chosen = []
	words, times = stress_read(argv)
	for word in words or [p for p in PARTS if p not in ON_REQUEST]:
		label, _, pattern = word.partition(":")
		if label not in PARTS:
			print("no part %s; parts: %s" %
			      (label, " ".join(PARTS)), file=sys.stderr)
			return 2
		chosen.append((label, pattern))
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
	prepare()
	begin = time.monotonic()
	total = run_stress(chosen, times) if times else run_chosen(chosen)
	print("%.0f s" % (time.monotonic() - begin))
	for line in total.which_failed:
		print("failed: " + line)
	print(total)
	return 1 if total.failed else 0


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
