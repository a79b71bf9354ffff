/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of l2xctl; see l2xctl_grammar.h. */
#include "program/l2xctl_grammar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2 };

/* A further word, whose value the daemon gets under `key`. */
struct operand {
	const char *key; /* NULL: there is none */
	bool number;
	/* where the candidates are: the reply to `command`, its `list`, there
	 * under `key` again */
	const char *command;
	const char *list;
};

/* A word and the value behind it, in any order. */
struct option_word {
	const char *word;
	const char *value; /* what help calls it */
	const char *key;
	bool number;
	bool local; /* not for the daemon */
	bool needed;
};

static const struct option_word capture_options[] = {
	{"-w", "FILE", "file", false, true, true},
	{"--count", "N", "count", true, false, false},
	{"--octets", "N", "octets", true, false, false},
	{"--seconds", "N", "seconds", true, false, false},
	{.word = NULL},
};
static const struct option_word police_options[] = {
	{"up", "RATE", "up", false, false, false},
	{"burst-up", "SIZE", "burst-up", false, false, false},
	{"down", "RATE", "down", false, false, false},
	{"burst-down", "SIZE", "burst-down", false, false, false},
	{.word = NULL},
};
static const struct option_word monitor_options[] = {
	{"--interval", "SECONDS", "interval", true, true, false},
	{"--count", "N", "count", true, true, false},
	{.word = NULL},
};

struct command {
	const char *words[WORDS_MAX]; /* also what the daemon is sent */
	struct operand operand;
	const char *flag; /* may follow; true in the arguments then */
	const struct option_word *options;
	const char *help;
};

static const struct command commands[] = {
	{.words = {"show", "status"},
	 .help = "what runs since when, address pools, stale legs"},
	{.words = {"show", "destinations"}, .help = "remote L2TP end points"},
	{.words = {"show", "tunnels"}, .help = "L2TP control connections"},
	{.words = {"show", "calls"}, .help = "subscribers"},
	{.words = {"show", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .help = "all about a subscriber, also one that left lately"},
	{.words = {"show", "interfaces"},
	 .help = "PPP interfaces of calls that end here"},
	{.words = {"show", "ports"}, .help = "network interfaces in use"},
	{.words = {"show", "counters"}, .help = "what the control plane did"},
	{.words = {"show", "reasons"},
	 .help = "what the data plane did with packets, and why"},
	{.words = {"show", "routes"},
	 .help = "networks behind subscribers"},
	{.words = {"show", "cores"},
	 .help = "frames handed from core to core, where that is wanted"},
	{.words = {"disconnect", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .help = "end a call"},
	{.words = {"disconnect", "tunnel"},
	 .operand = {"id", true, "show tunnels", "tunnels"},
	 .help = "end a tunnel with its calls"},
	{.words = {"police", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .options = police_options,
	 .help = "set a subscriber's rates, like 20M, or none"},
	{.words = {"suspend", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .help = "let no data of a subscriber flow, but keep the call"},
	{.words = {"resume", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .help = "let the data of a suspended subscriber flow again"},
	{.words = {"port", "attach"},
	 .operand = {"name", false, "show ports", "ports"},
	 .flag = "access",
	 .help = "forward on a network interface (access: with PPPoE)"},
	{.words = {"port", "detach"},
	 .operand = {"name", false, "show ports", "ports"},
	 .help = "stop forwarding on a network interface"},
	{.words = {"events"}, .help = "print events as they happen"},
	{.words = {"events", "drops"},
	 .help = "the same with some of the packets that are dropped"},
	{.words = {"capture"},
	 .options = capture_options,
	 .help = "write frames to a file as they pass"},
	{.words = {"capture", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .options = capture_options,
	 .help = "those of a call"},
	{.words = {"capture", "tunnel"},
	 .operand = {"id", true, "show tunnels", "tunnels"},
	 .options = capture_options,
	 .help = "those of a tunnel"},
	{.words = {"capture", "port"},
	 .operand = {"name", false, "show ports", "ports"},
	 .options = capture_options,
	 .help = "those that arrive or leave there"},
	{.words = {"capture", "reason"},
	 .operand = {"name", false, "show reasons", "reasons"},
	 .options = capture_options,
	 .help = "those that end so"},
	{.words = {"monitor"},
	 .options = monitor_options,
	 .help = "rates of calls, in place"},
	{.words = {"monitor", "calls"},
	 .options = monitor_options,
	 .help = "the same"},
	{.words = {"monitor", "tunnels"},
	 .options = monitor_options,
	 .help = "rates of tunnels: their calls together"},
	{.words = {"monitor", "ports"},
	 .options = monitor_options,
	 .help = "rates of network interfaces"},
	{.words = {"monitor", "reasons"},
	 .options = monitor_options,
	 .help = "rates of what becomes of packets"},
};
enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static int command_words(const struct command *command)
{
	int n = 0;

	while (n < WORDS_MAX && command->words[n])
		n++;
	return n;
}

/* The words with a blank between: "show calls". */
static void command_name(const struct command *command, char *out, size_t cap)
{
	snprintf(out, cap, "%s%s%s", command->words[0],
		 command->words[1] ? " " : "",
		 command->words[1] ? command->words[1] : "");
}

/* ---- matching ------------------------------------------------------------ */

/* Leaves in live[] the commands whose word at `at` is or begins with text. */
static void match_word(bool live[COMMANDS], int at, const char *text)
{
	bool exact = false;

	for (int i = 0; i < COMMANDS; i++) {
		const char *word = commands[i].words[at];

		live[i] = live[i] && word && !strncmp(word, text, strlen(text));
		exact |= live[i] && !strcmp(word, text);
	}
	for (int i = 0; exact && i < COMMANDS; i++)
		live[i] = live[i] && !strcmp(commands[i].words[at], text);
}

/* The word that all live commands have at `at`; NULL: they differ, or none. */
static const char *common_word(const bool live[COMMANDS], int at)
{
	const char *word = NULL;

	for (int i = 0; i < COMMANDS; i++) {
		if (!live[i])
			continue;
		if (word && strcmp(word, commands[i].words[at]))
			return NULL;
		word = commands[i].words[at];
	}
	return word;
}

static bool any_live(const bool live[COMMANDS])
{
	for (int i = 0; i < COMMANDS; i++)
		if (live[i])
			return true;
	return false;
}

/* Of the live commands the one with the most words that are all typed. */
static const struct command *only_live(const bool live[COMMANDS], int words)
{
	for (int i = 0; i < COMMANDS; i++)
		if (live[i] && command_words(&commands[i]) <= words)
			return &commands[i];
	return NULL;
}

/* Whether a live command goes on at `at` with what is typed there. */
static bool goes_on(const bool live[COMMANDS], int at, int argc,
		    char *const *argv)
{
	bool next[COMMANDS];

	if (at >= argc || at >= WORDS_MAX)
		return false;
	memcpy(next, live, sizeof(next));
	match_word(next, at, argv[at]);
	return any_live(next);
}

/*
 * The command that the words begin with, *used of them.  NULL: *used is the
 * first word that does not fit, and *ambiguous says why.
 */
static const struct command *command_match(int argc, char *const *argv,
					   int *used, bool *ambiguous)
{
	const struct command *command;
	bool live[COMMANDS];

	memset(live, true, sizeof(live));
	*ambiguous = false;
	for (*used = 0; *used < argc && *used < WORDS_MAX; ++*used) {
		match_word(live, *used, argv[*used]);
		if (!any_live(live))
			return NULL;
		if (!common_word(live, *used)) {
			*ambiguous = true;
			return NULL;
		}
		command = only_live(live, *used + 1);
		if (command && !goes_on(live, *used + 1, argc, argv)) {
			++*used;
			return command;
		}
	}
	return NULL;
}

/* ---- parsing ------------------------------------------------------------- */

static json_t *operand_value(const struct operand *operand, const char *text,
			     char *error, size_t cap)
{
	char *end;
	unsigned long value;

	if (!operand->number) {
		json_t *name = *text ? json_string(text) : NULL;

		if (!name)
			snprintf(error, cap, "that is not a %s", operand->key);
		return name;
	}
	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !value ||
	    value > UINT32_MAX) {
		snprintf(error, cap, "%s is not an %s", text, operand->key);
		return NULL;
	}
	return json_integer((json_int_t)value);
}

static json_t *option_value(const struct option_word *option, const char *text,
			    char *error, size_t cap)
{
	long long value;
	char *end;

	if (!option->number) {
		json_t *string = json_string(text);

		if (!string)
			snprintf(error, cap, "%s wants text", option->word);
		return string;
	}
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno)
		return json_integer(value);
	snprintf(error, cap, "%s is not a number", text);
	return NULL;
}

/* One option and its value; the words taken, or -EINVAL. */
static int parse_option(const struct command *command, int argc,
			char *const *argv, struct request *request, char *error,
			size_t cap)
{
	const struct option_word *option = command->options;
	json_t *value;

	while (option && option->word && strcmp(option->word, argv[0]))
		option++;
	if (!option || !option->word) {
		snprintf(error, cap, "%s is too much", argv[0]);
		return -EINVAL;
	}
	if (json_object_get(option->local ? request->local : request->arguments,
			    option->key)) {
		snprintf(error, cap, "%s is given twice", option->word);
		return -EINVAL;
	}
	if (argc < 2) {
		snprintf(error, cap, "%s is missing behind %s", option->value,
			 option->word);
		return -EINVAL;
	}
	value = option_value(option, argv[1], error, cap);
	if (!value)
		return -EINVAL;
	json_object_set_new(option->local ? request->local
					  : request->arguments,
			    option->key, value);
	return 2;
}

static int parse_options(const struct command *command, int argc,
			 char *const *argv, struct request *request,
			 char *error, size_t cap)
{
	const struct option_word *option = command->options;

	for (int used = 0; used < argc;) {
		int n = parse_option(command, argc - used, argv + used, request,
				     error, cap);

		if (n < 0)
			return n;
		used += n;
	}
	for (; option && option->word; option++) {
		if (!option->needed ||
		    json_object_get(request->local, option->key))
			continue;
		snprintf(error, cap, "%s %s is missing", option->word,
			 option->value);
		return -EINVAL;
	}
	return 0;
}

/* The words behind a command: its operand, perhaps its flag, its options. */
static int parse_rest(const struct command *command, int argc,
		      char *const *argv, struct request *request, char *error,
		      size_t cap)
{
	const struct operand *operand = &command->operand;
	json_t *arguments = request->arguments;
	json_t *value;
	int used = 0;

	if (operand->key) {
		if (!argc) {
			snprintf(error, cap, "%s is missing", operand->key);
			return -EINVAL;
		}
		value = operand_value(operand, argv[used++], error, cap);
		if (!value)
			return -EINVAL;
		json_object_set_new(arguments, operand->key, value);
	}
	if (used < argc && command->flag &&
	    !strcmp(argv[used], command->flag)) {
		json_object_set_new(arguments, command->flag, json_true());
		used++;
	}
	return parse_options(command, argc - used, argv + used, request, error,
			     cap);
}

void request_fini(struct request *request)
{
	json_decref(request->arguments);
	json_decref(request->local);
}

int grammar_parse(int argc, char *const *argv, struct request *request,
		  char *error, size_t cap)
{
	struct request made;
	const struct command *command;
	bool ambiguous;
	int used;
	int err;

	command = command_match(argc, argv, &used, &ambiguous);
	if (!command) {
		if (used >= argc)
			snprintf(error, cap, "a command is missing");
		else
			snprintf(error, cap, "%s is %s", argv[used],
				 ambiguous ? "ambiguous" : "no command");
		return -EINVAL;
	}
	made.arguments = json_object();
	made.local = json_object();
	command_name(command, made.command, sizeof(made.command));
	err = parse_rest(command, argc - used, argv + used, &made, error, cap);
	if (err)
		request_fini(&made);
	else
		*request = made;
	return err;
}

/* ---- help and completion ------------------------------------------------- */

static void options_help(const struct option_word *option, FILE *out)
{
	for (; option && option->word; option++)
		fprintf(out, "  %s%s %s%s", option->needed ? "" : "[",
			option->word, option->value,
			option->needed ? "" : "]");
	putc('\n', out);
}

void grammar_help(FILE *out)
{
	for (int i = 0; i < COMMANDS; i++) {
		const struct command *command = &commands[i];
		const char *operand = command->operand.number ? " ID" : " NAME";
		char name[64];
		char line[96];

		command_name(command, name, sizeof(name));
		snprintf(line, sizeof(line), "%s%s%s%s%s", name,
			 command->operand.key ? operand : "",
			 command->flag ? " [" : "",
			 command->flag ? command->flag : "",
			 command->flag ? "]" : "");
		fprintf(out, "  %-26s %s\n", line, command->help);
		/* neighbours in the table share theirs */
		if (command->options &&
		    (i + 1 == COMMANDS ||
		     commands[i + 1].options != command->options))
			options_help(command->options, out);
	}
}

static void complete_operand(const struct operand *operand, grammar_ask *ask,
			     FILE *out)
{
	json_t *reply = ask(operand->command);
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(reply, operand->list), i, row)
	{
		json_t *value = json_object_get(row, operand->key);

		if (json_is_integer(value))
			fprintf(out, "%" JSON_INTEGER_FORMAT "\n",
				json_integer_value(value));
		else if (json_is_string(value))
			fprintf(out, "%s\n", json_string_value(value));
	}
	json_decref(reply);
}

/* Words of live commands at `at`; neighbours in the table share theirs. */
static void complete_word(const bool live[COMMANDS], int at, FILE *out)
{
	const char *last = "";

	for (int i = 0; i < COMMANDS; i++) {
		const char *word = commands[i].words[at];

		if (!live[i] || !word || !strcmp(word, last))
			continue;
		fprintf(out, "%s\n", word);
		last = word;
	}
}

/* What may follow a whole command: its longer forms, operand, flag, options. */
static bool word_is_there(const char *word, int argc, char *const *argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(word, argv[i]))
			return true;
	return false;
}

static void complete_rest(const struct command *command, int argc,
			  char *const *argv, int used, grammar_ask *ask,
			  FILE *out)
{
	const struct operand *operand = &command->operand;
	const struct option_word *option = command->options;
	int rest = argc - used;
	bool live[COMMANDS];

	if (!rest && operand->key) {
		complete_operand(operand, ask, out);
		return;
	}
	if (rest == 1 && operand->key && command->flag)
		fprintf(out, "%s\n", command->flag);
	memset(live, true, sizeof(live));
	for (int at = 0; at < used; at++)
		match_word(live, at, argv[at]);
	if (!rest && used < WORDS_MAX)
		complete_word(live, used, out);
	/* a value stands behind every other word of them */
	for (; option && option->word && !((rest - !!operand->key) & 1);
	     option++)
		if (!word_is_there(option->word, argc - used, argv + used))
			fprintf(out, "%s\n", option->word);
}

void grammar_complete(int argc, char *const *argv, grammar_ask *ask, FILE *out)
{
	const struct command *command;
	bool live[COMMANDS];
	bool ambiguous;
	int used;

	command = command_match(argc, argv, &used, &ambiguous);
	if (command) {
		complete_rest(command, argc, argv, used, ask, out);
		return;
	}
	if (argc >= WORDS_MAX)
		return;
	memset(live, true, sizeof(live));
	for (int at = 0; at < argc; at++)
		match_word(live, at, argv[at]);
	if (argc && !common_word(live, argc - 1))
		return;
	complete_word(live, argc, out);
}
