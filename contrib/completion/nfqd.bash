# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of nfqd and pcapmon for bash. The programs' own --help, which is made from their tables of options, has the
# commands, options and words, so what is completed is what the installed version takes.

# The options of `$1 [$2]`, one a line: "-c --config FILE".
_nfqd_options()
{
	"$@" --help 2>/dev/null |
		sed -En 's/^  (-[[:alnum:]])?,? +(--[[:alnum:]-]+)( ([^ ]+))?( .*)?$/\1 \2 \4/p'
}

_nfqd_commands()
{
	"$1" --help 2>/dev/null | sed -En 's/^  ([a-z]+) +[a-z].*/\1/p'
}

# The kind of the value of option $1, from the lines on standard input; status 1 if it takes none.
_nfqd_kind()
{
	local line word
	while read -r -a line; do
		for word in "${line[@]}"; do
			[ "$word" = "$1" ] || continue
			[[ ${line[-1]} != -* ]] || return 1
			echo "${line[-1]}"
			return 0
		done
	done
	return 1
}

_nfqd_value()
{
	local kind=$1 current=$2
	case $kind in
	DIR) mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames 2>/dev/null ;;
	*FILE*) mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null ;;
	IFACE) mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null) any" -- "$current") ;;
	NAME) mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
	TIME) mapfile -t COMPREPLY < <(compgen -W "1h 24h 7d 30d today yesterday all" -- "$current") ;;
	*"|"*) mapfile -t COMPREPLY < <(compgen -W "${kind//|/ }" -- "$current") ;;
	esac
}

_nfqd()
{
	local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=() options kind
	COMPREPLY=()
	if [ "${program##*/}" = nfqd ]; then
		if [ "$COMP_CWORD" = 1 ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_nfqd_commands "$program") help --help --version" -- "$current")
			return
		fi
		if [ "${COMP_WORDS[1]}" = help ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_nfqd_commands "$program")" -- "$current")
			return
		fi
		command=("${COMP_WORDS[1]}")
	fi
	options=$(_nfqd_options "$program" "${command[@]}")
	if [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	elif [ "$current" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 1]} current=
	fi
	if kind=$(_nfqd_kind "$before" <<<"$options"); then
		_nfqd_value "$kind" "$current"
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(tr ' ' '\n' <<<"$options" | grep '^-')" -- "$current")
	fi
}

complete -o default -F _nfqd nfqd pcapmon
