/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's command line. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "program/keeper.h"
#include "program/loader.h"
#include "world/conf.h"

#define VERSION "0.1"

static const char usage[] =
	"usage: l2xd [-f] -c FILE [-i INSTANCE]   run (in the foreground)\n"
	"       l2xd --check FILE                 check a configuration\n"
	"       l2xd [-i INSTANCE] --unload       end forwarding, remove all pins\n"
	"       l2xd --version | --help\n"
	"\n"
	"Ended by SIGTERM, forwarding goes on until --unload.  INSTANCE is\n"
	"\"default\" unless given; run --unload in the instance's network\n"
	"namespace.\n";

struct command {
	const char *instance;
	const char *file;
	bool check;
	bool unload;
};

static struct conf *conf_read(const char *file)
{
	struct conf *conf;
	char error[512];

	if (!conf_load(file, &conf, error, sizeof(error)))
		return conf;
	fprintf(stderr, "%s\n", error);
	return NULL;
}

static void warn(void *file, const char *line)
{
	fprintf(stderr, "%s: warning: %s\n", (const char *)file, line);
}

static int check(const char *file)
{
	struct conf *conf = conf_read(file);

	if (!conf)
		return EXIT_FAILURE;
	conf_warn(conf, warn, (void *)(uintptr_t)file);
	conf_free(conf);
	printf("%s: ok\n", file);
	return EXIT_SUCCESS;
}

static int run(const struct command *command)
{
	const struct rlimit files = {65536, 65536};
	struct conf *conf = conf_read(command->file);
	int status;

	if (!conf)
		return EXIT_FAILURE;
	log_set_level((enum log_level)conf->log_level);
	setrlimit(RLIMIT_NOFILE, &files);
	status = keeper_run(command->instance, conf);
	conf_free(conf);
	return status;
}

static int refuse(const char *why)
{
	fprintf(stderr, "l2xd: %s\n%s", why, usage);
	return 2;
}

/* True when the program goes on; else *status is what it ends with. */
static bool arguments_read(int argc, char **argv, struct command *command,
			   int *status)
{
	static const struct option options[] = {
		{"check", required_argument, NULL, 'C'},
		{"unload", no_argument, NULL, 'U'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "fc:i:h", options, NULL)) != -1) {
		switch (c) {
		case 'f': /* always so: whoever starts us watches us */
			break;
		case 'c':
			command->file = optarg;
			break;
		case 'i':
			command->instance = optarg;
			break;
		case 'C':
			command->file = optarg;
			command->check = true;
			break;
		case 'U':
			command->unload = true;
			break;
		case 'V':
			printf("l2xd " VERSION "\n");
			*status = EXIT_SUCCESS;
			return false;
		case 'h':
			fputs(usage, stdout);
			*status = EXIT_SUCCESS;
			return false;
		default:
			*status = refuse("unknown option");
			return false;
		}
	}
	if (optind == argc)
		return true;
	*status = refuse("arguments that mean nothing");
	return false;
}

/*
 * Signals that end a process by default, and that others send to daemons: a
 * log whose reader has gone, "reload" and "reopen your files".  The engine
 * inherits this.
 */
static void signals_ignore(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
}

int main(int argc, char **argv)
{
	struct command command = {.instance = "default"};
	char name[64];
	int status;

	signals_ignore();
	if (!arguments_read(argc, argv, &command, &status))
		return status;
	if (command.check)
		return check(command.file);
	if (!instance_is_valid(command.instance))
		return refuse("an instance's name is 1 to 32 letters, digits, "
			      "'-' or '_'");
	if (!command.unload && !command.file)
		return refuse("no configuration file (-c FILE)");
	snprintf(name, sizeof(name), "l2xd[%s]", command.instance);
	log_set_name(name);
	log_open();
	if (geteuid())
		fatal("must be started by root");
	if (command.unload)
		return keeper_unload(command.instance);
	return run(&command);
}
