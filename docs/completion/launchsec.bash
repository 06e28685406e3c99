# bash completion for launchsec
# SPDX-License-Identifier: Apache-2.0
_launchsec() {
	local raw before cur strip head= all=0 i
	local -a line=() found=()
	# bash splits words at = and : where COMP_WORDBREAKS has them.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		raw=${COMP_WORDS[i]} before=${COMP_WORDS[i > 0 ? i - 1 : 0]}
		if ((i > 1)) && [[ -n $raw && -n $before ]] &&
			[[ $raw != *[!=:]* || $before != *[!=:]* ]]; then
			line[${#line[@]} - 1]+=$raw
		else
			line+=("$raw")
		fi
	done
	cur=${line[${#line[@]} - 1]} strip=
	[[ $raw != *[!=:]* && -n $raw ]] && strip=$cur || strip=${cur%"$raw"}
	# What the program offers follows the equals sign of an option.
	[[ $cur != --*=* ]] || head=${cur%%=*}= cur=${cur#*=}
	COMPREPLY=()
	while IFS=$'\t' read -r raw before; do
		if [[ $raw == :[0-9]* ]]; then
			all=${raw#:}
		else
			raw=$head$raw
			COMPREPLY+=("${raw#"$strip"}")
		fi
	done < <("${line[0]/#~\//$HOME/}" __complete "${line[@]:1}" 2>/dev/null || echo :4)
	# compopt fails where no completion is under way, as in tests.
	((!(all & 2))) || compopt -o nospace 2>/dev/null
	((!(all & 4))) || return 0
	[[ $cur != *=* ]] || head+=${cur%%=*}= cur=${cur#*=}
	while read -r raw; do
		raw=$head$raw
		COMPREPLY+=("${raw#"$strip"}")
	done < <(compgen -f -- "$cur")
	compopt -o filenames 2>/dev/null
	return 0
}
complete -F _launchsec launchsec kubectl-launchsec
