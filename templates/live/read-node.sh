#!/bin/sh
# Prints a tar archive of the CNI files of a node, and changes nothing there: nothing is written.
#
#   sh read-node.sh ROOT DIRECTORY...
#
# ROOT is where the node's own / is: / on the node, /host in a pod. In the archive are, below each
# DIRECTORY (absolute, as the node has it): directories, also empty ones, and regular files that can
# be a CNI config. links.json, at its root, has the symbolic links, none of which is followed but
# in the path of a DIRECTORY; left-out.json has what was left out, by its name alone: kubeconfigs,
# tokens, keys, whatever seems to hold a secret, and what is too large or too much. A file is read
# once: what was looked at is what is printed, whoever writes it meanwhile.
# Needs find, grep, head, od, readlink, sed, tr and wc, as busybox has them.
set -u
LC_ALL=C
export LC_ALL
unset GREP_OPTIONS

MOST_ENTRIES=5000    # files, directories and links
MOST_IN_ONE=3000     # entries of one directory
MOST_BYTES=16777216  # of all files
MOST_FILE=1048576    # bytes of one file; what is larger is a plugin
MOST_NOTES=1000000   # characters of links.json, and of left-out.json
MOST_PATH=1000       # characters of one path
MOST_DEPTH=4         # directories below a DIRECTORY

# What no CNI config says, in any case of letters and with its line breaks as spaces: private keys and
# certificates, also in base64; the data of a kubeconfig; tokens by their form, and in a URL; and
# a value, no path, of a key that is called a secret.
PLAIN="[^][:space:]\"'/{}[,\$<\\\\]"
SECRET="PRIVATE KEY|LS0tLS1CRUdJTi|(client-key|client-certificate|certificate-authority)-data"
SECRET="$SECRET|eyJ[a-z0-9_-]{10,}[.][a-z0-9_-]{10,}|ZXlK[a-z0-9+/]{40,}|(bearer|basic) +[a-z0-9._~+/=-]{8,}"
SECRET="$SECRET|(AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[a-z0-9]{16,}|glpat-[a-z0-9_-]{16,}|://[^/@ ]*:[^/@ ]+@"
SECRET="$SECRET|(token|passw(or)?d|pwd|passphrase|secret|credentials?|psk|(api|access|secret|private|shared|signing|encryption)[-_.]?key)[\"']? *[:=] *[\"']?$PLAIN{6,}"

NEWLINE='
'
LINKS='' LEFT='' WALKED=$NEWLINE
ENTRIES=0 BYTES=0

# Whether a text is printable ASCII, which any JSON and any list of lines can hold.
plain() {
  case $1 in
    '' | *[!\ -~]*) return 1 ;;
  esac
}

# A text of printable ASCII within the quotes of JSON.
quoted() {
  case $1 in
    *[\"\\]*) printf '%s\n' "$1" | sed 's/["\\]/\\&/g' ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# Says that something is not in the archive: its path on the node, and why.
left_out() {
  name=$1
  plain "$name" || name=$(printf '%s' "$name" | tr -c ' -~' '?')
  [ "${#LEFT}" -gt "$MOST_NOTES" ] ||
    LEFT="$LEFT${LEFT:+,$NEWLINE}{\"path\": \"$(quoted "$name")\", \"why\": \"$2\"}"
}

# Whether there is room for one more entry of a directory.
room() {
  ENTRIES=$((ENTRIES + 1))
  [ "$ENTRIES" -le "$MOST_ENTRIES" ] && [ "${#LINKS}" -le "$MOST_NOTES" ] &&
    [ "${#LEFT}" -le "$MOST_NOTES" ]
}

link() {
  target=$(readlink "$ROOT$1" && printf x) || target=''
  target=${target%x}
  target=${target%"$NEWLINE"}
  if plain "$target" && [ "${#target}" -le "$MOST_PATH" ]; then
    LINKS="$LINKS${LINKS:+,$NEWLINE}{\"path\": \"$(quoted "$1")\", \"target\": \"$(quoted "$target")\"}"
  else
    left_out "$1" odd
  fi
}

is_config() {
  case $1 in
    *.conf | *.conflist | *.json) return 0 ;;
  esac
  return 1
}

zeros() {
  fill='' left=$1
  while [ "$left" -ge 16 ]; do
    fill="$fill"'\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' left=$((left - 16))
  done
  while [ "$left" -gt 0 ]; do
    fill="$fill"'\0' left=$((left - 1))
  done
  # shellcheck disable=SC2059 # it is a format
  printf "$fill"
}

# A header of the archive, and what it is for: type, name of at most 100 characters, content. The
# format is that of POSIX, "ustar"; its checksum takes itself for eight spaces.
block() {
  size=$(printf '%011o' "${#3}") sum=0 mode=0000644
  [ "$1" != 5 ] || mode=0000755
  for byte in $(printf '%s' "$2" "$mode" 0000000 0000000 "$size" 00000000000 '        ' "$1" ustar 00 | od -An -v -tu1); do
    sum=$((sum + byte))
  done
  printf '%s' "$2"
  zeros "$((100 - ${#2}))"
  printf '%s\0' "$mode" 0000000 0000000 "$size" 00000000000
  printf '%06o\0 %s' "$sum" "$1"
  zeros 100
  printf 'ustar\0%s' 00
  zeros 247
  printf '%s' "$3"
  zeros "$(((512 - ${#3} % 512) % 512))"
}

# A member of the archive: type, name, content. A long name stands before it, as GNU tar has it.
member() {
  if [ "${#2}" -le 100 ]; then
    block "$1" "$2" "$3"
  else
    block L ././@LongLink "$2"
    block "$1" "${2%"${2#????????????????????}"}" "$3"
  fi
}

# Why a file is not taken, in WHY, and what it holds, in CONTENT; a "plugin" is not worth to be told.
judge() {
  WHY='' CONTENT=''
  case $(printf '%s' "${1##*/}" | tr '[:upper:]' '[:lower:]') in
    *kubeconfig* | *token* | *secret* | *passw* | *credential* | *.key | *.pem | *.crt | *.p12 | *.pfx | *.jks | id_rsa* | id_ecdsa* | id_ed25519*)
      WHY=name
      return 0
      ;;
  esac
  if ! [ -r "$ROOT$1" ]; then
    WHY=unreadable
  elif [ "$(find "$ROOT$1" -type f -size "-$((MOST_FILE + 1))c")" = '' ]; then
    WHY=size
  else
    CONTENT=$(head -c "$MOST_FILE" "$ROOT$1" | tr -d '\000' && printf x)
    CONTENT=${CONTENT%x}
    if [ "$(find "$ROOT$1" -type f -size "${#CONTENT}c")" = '' ]; then
      WHY=binary
    elif [ "$((BYTES + ${#CONTENT}))" -gt "$MOST_BYTES" ]; then
      WHY=size
    elif printf '%s' "$CONTENT" | tr -s '[:space:]' ' ' | grep -Eiq -e "$SECRET"; then
      WHY=content
    fi
  fi
  case $WHY in
    size | binary) is_config "$1" || WHY=plugin ;;
  esac
}

file() {
  judge "$1"
  case $WHY in
    '')
      BYTES=$((BYTES + ${#CONTENT}))
      member 0 "${1#/}" "$CONTENT"
      ;;
    plugin) ;;
    *) left_out "$1" "$WHY" ;;
  esac
}

# A directory of the node, and how deep it lies. What a function is called with is its own, also
# where it calls itself.
walk() {
  case $WALKED in
    *"$NEWLINE$1$NEWLINE"*) return 0 ;;
  esac
  if [ "$2" -gt "$MOST_DEPTH" ]; then
    left_out "$1" depth
    return 0
  elif ! { [ -r "$ROOT$1" ] && [ -x "$ROOT$1" ]; }; then
    left_out "$1" closed
    return 0
  fi
  WALKED="$WALKED$1$NEWLINE"
  member 5 "${1#/}" ''
  if [ "$(($(find "$ROOT$1/." -maxdepth 1 2>/dev/null | head -n "$((MOST_IN_ONE + 2))" | wc -l)))" -gt "$((MOST_IN_ONE + 1))" ]; then
    left_out "$1" count
    return 0
  fi
  for entry in "$ROOT$1"/* "$ROOT$1"/.[!.]* "$ROOT$1"/..?*; do
    [ -e "$entry" ] || [ -h "$entry" ] || continue
    entry=$1/${entry##*/}
    if ! room; then
      left_out "$1" count
      return 0
    elif ! plain "$entry" || [ "${#entry}" -gt "$MOST_PATH" ]; then
      left_out "$entry" odd
    elif [ -h "$ROOT$entry" ]; then
      link "$entry"
    elif [ -d "$ROOT$entry" ]; then
      walk "$entry" "$(($2 + 1))"
    elif [ -f "$ROOT$entry" ]; then
      file "$entry"
    else
      left_out "$entry" kind
    fi
  done
}

# The links in the path of a DIRECTORY, such as k3s's data/current.
links_above() {
  above='' rest=${1#/}
  while [ "$rest" != '' ]; do
    above=$above/${rest%%/*}
    case $rest in
      */*) rest=${rest#*/} ;;
      *) rest='' ;;
    esac
    case $LINKS in
      *"{\"path\": \"$above\","*) continue ;;
    esac
    [ ! -h "$ROOT$above" ] || link "$above"
  done
}

main() {
  ROOT=${1%/}
  shift
  for directory; do
    if [ -d "$ROOT$directory" ]; then
      walk "$directory" 0
    elif [ -h "$ROOT$directory" ]; then
      left_out "$directory" link
    else
      left_out "$directory" absent
    fi
    links_above "$directory"
  done
  member 0 links.json "[$LINKS]$NEWLINE"
  member 0 left-out.json "[$LEFT]$NEWLINE"
  zeros 1024
}

main "$@"
