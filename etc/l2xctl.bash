# SPDX-License-Identifier: GPL-2.0-only
# bash completion for l2xctl: the tool itself knows what may follow
_l2xctl() {
	local word=${COMP_WORDS[COMP_CWORD]} options=() words=() candidates i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-i | --instance | -s | --socket)
			options+=("${COMP_WORDS[i]}" "${COMP_WORDS[++i]}") ;;
		-*) # behind a command it is one of its options
			[ ${#words[@]} = 0 ] || words+=("${COMP_WORDS[i]}") ;;
		*) words+=("${COMP_WORDS[i]}") ;;
		esac
	done
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-s | --socket | -w)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	-i | --instance)
		candidates=$(for i in /run/l2x/*.sock; do
			i=${i##*/}
			[ "$i" = '*.sock' ] || echo "${i%.sock}"
		done) ;;
	*)
		candidates=$("$1" "${options[@]}" --complete -- "${words[@]}" \
			2>/dev/null)
		if [[ $word == -* ]]; then
			candidates+=" --instance --socket --json --help"
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
}
complete -F _l2xctl l2xctl
