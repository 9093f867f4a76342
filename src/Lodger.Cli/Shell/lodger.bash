# shellcheck shell=bash
# Completion of lodger for bash. Made by:  lodger completions bash
_lodger() {
  local typed=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} line candidate
  local -a words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  # bash splits at = and :, lodger does not.
  if [[ $COMP_WORDBREAKS == *[=:]* && $typed == *[=:]* ]]; then
    read -r -a words <<<"$typed"
    words=("${words[@]:1}")
    [[ $typed != *' ' ]] || words+=('')
  fi
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default
      COMPREPLY=()
      return
    fi
    candidate=${line%%$'\t'*}
    # What stands before the last break is on the line already.
    [[ $candidate != "$word"* && $candidate == *=* ]] && candidate=${candidate#*=}
    COMPREPLY+=("$candidate")
  done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
}
complete -F _lodger lodger
