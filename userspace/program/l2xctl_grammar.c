/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of l2xctl; see l2xctl_grammar.h. */
#include "program/l2xctl_grammar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2, OPTIONS_MAX = 4 };

/* A further word, whose value the daemon gets under `key`. */
struct operand {
	const char *key; /* NULL: there is none */
	bool number;
	/* where the candidates are: the reply to `command`, its `list`, there
	 * under `key` again */
	const char *command;
	const char *list;
};

struct command {
	const char *words[WORDS_MAX]; /* also what the daemon is sent */
	struct operand operand;
	const char *flag; /* may follow; true in the arguments then */
	/* may follow in any order, each with a value behind it */
	const char *options[OPTIONS_MAX];
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
	{.words = {"show", "cores"},
	 .help = "frames handed from core to core, where that is wanted"},
	{.words = {"show", "routes"},
	 .help = "networks behind subscribers"},
	{.words = {"disconnect", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .help = "end a call"},
	{.words = {"disconnect", "tunnel"},
	 .operand = {"id", true, "show tunnels", "tunnels"},
	 .help = "end a tunnel with its calls"},
	{.words = {"police", "call"},
	 .operand = {"id", true, "show calls", "calls"},
	 .options = {"up", "burst-up", "down", "burst-down"},
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
		if (command) {
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

static bool has_option(const struct command *command, const char *word)
{
	for (int i = 0; i < OPTIONS_MAX && command->options[i]; i++)
		if (!strcmp(word, command->options[i]))
			return true;
	return false;
}

/* Pairs of option and value, *used words of them. */
static int parse_options(const struct command *command, int argc,
			 char *const *argv, int *used, json_t *arguments,
			 char *error, size_t cap)
{
	for (; *used < argc && has_option(command, argv[*used]); *used += 2) {
		const char *option = argv[*used];
		json_t *value;

		if (json_object_get(arguments, option)) {
			snprintf(error, cap, "%s is given twice", option);
			return -EINVAL;
		}
		value = *used + 1 < argc ? json_string(argv[*used + 1]) : NULL;
		if (!value) {
			snprintf(error, cap, "%s needs a value", option);
			return -EINVAL;
		}
		json_object_set_new(arguments, option, value);
	}
	return 0;
}

/* The words behind a command: its operand, and perhaps its flag or options. */
static int parse_rest(const struct command *command, int argc,
		      char *const *argv, json_t *arguments, char *error,
		      size_t cap)
{
	const struct operand *operand = &command->operand;
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
	if (parse_options(command, argc, argv, &used, arguments, error, cap))
		return -EINVAL;
	if (used == argc)
		return 0;
	snprintf(error, cap, "%s is too much", argv[used]);
	return -EINVAL;
}

int grammar_parse(int argc, char *const *argv, struct request *request,
		  char *error, size_t cap)
{
	const struct command *command;
	json_t *arguments;
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
	arguments = json_object();
	err = parse_rest(command, argc - used, argv + used, arguments, error,
			 cap);
	if (err) {
		json_decref(arguments);
		return err;
	}
	command_name(command, request->command, sizeof(request->command));
	request->arguments = arguments;
	return 0;
}

/* ---- help and completion ------------------------------------------------- */

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
		if (command->options[0])
			snprintf(line + strlen(line),
				 sizeof(line) - strlen(line), " [%s VALUE]..",
				 command->options[0]);
		fprintf(out, "  %-26s %s\n", line, command->help);
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

/* Options that are not there yet; behind one its value is for people. */
static void complete_options(const struct command *command, int argc,
			     char *const *argv, FILE *out)
{
	if (argc % 2)
		return;
	for (int i = 0; i < OPTIONS_MAX && command->options[i]; i++) {
		bool given = false;

		for (int at = 0; at < argc; at += 2)
			given |= !strcmp(argv[at], command->options[i]);
		if (!given)
			fprintf(out, "%s\n", command->options[i]);
	}
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

void grammar_complete(int argc, char *const *argv, grammar_ask *ask, FILE *out)
{
	const struct command *command;
	bool live[COMMANDS];
	bool ambiguous;
	int used;

	command = command_match(argc, argv, &used, &ambiguous);
	if (command) {
		argc -= used;
		if (!argc && command->operand.key)
			complete_operand(&command->operand, ask, out);
		else if (argc == 1 && command->operand.key && command->flag)
			fprintf(out, "%s\n", command->flag);
		else if (argc && command->operand.key)
			complete_options(command, argc - 1, argv + used + 1,
					 out);
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
