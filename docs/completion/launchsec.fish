# SPDX-License-Identifier: Apache-2.0
function __launchsec_complete
	set -l line (commandline -opc) (commandline -ct)
	set -l program (string replace -r '^~/' "$HOME/" -- $line[1])
	set -l found ($program __complete $line[2..-1] 2>/dev/null)
	set -l head (string match -r '^--[^=]*=' -- $line[-1]; or echo)
	printf '%s\n' $head$found[1..-2]
	contains -- "$found[-1]" '' :4 :6; and return
	set head (string match -r '^.*=' -- $line[-1]; or echo)
	printf '%s\n' $head(__fish_complete_path (string replace -r '^.*=' '' -- $line[-1]))
end
complete -c launchsec -c kubectl-launchsec -f -a '(__launchsec_complete)'
