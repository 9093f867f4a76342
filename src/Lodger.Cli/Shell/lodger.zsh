#compdef lodger
# Completion of lodger for zsh. Made by:  lodger completions zsh
_lodger() {
  local line
  local -a found
  for line in "${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    if [[ $line == :files ]]; then
      _files
      return
    fi
    # A colon divides a word from what it means here.
    found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  _describe -V lodger found
}
if [[ $funcstack[1] == _lodger ]]; then
  _lodger "$@"
else
  compdef _lodger lodger
fi
