# What every script of the archive does; before it stand the variables of this one, after it the files.
# Written for bash 3.2 and newer; zsh runs it, too.

say() { printf '%s\n' "$*" >&2; }

usage() {
    say "usage: bash $NAME.sh [-y] [token]"
    say "  fetches $FILES files ($BYTES bytes) into the folder $NAME and checks each by its SHA-256"
    say "  -y     ask nothing: go on in a folder that is there"
    say "  token  for exclusive files; better kept in MAST_API_TOKEN, where other users of this computer do not see it"
}

TOKEN=${MAST_API_TOKEN-}
ASK=yes
[ -t 0 ] || ASK=no
for argument in "$@"; do
    case "$argument" in
        -y | --yes) ASK=no ;;
        -h | --help) usage; exit 0 ;;
        -*) say "unknown option: $argument"; usage; exit 2 ;;
        *) TOKEN=$argument ;;
    esac
done

if ! command -v curl >/dev/null 2>&1; then
    say "curl is required and was not found: install it and run this script again."
    exit 1
fi

# the digest of a file, or nothing where no program for it is there
digest() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1" | cut -d ' ' -f 1
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 <"$1" | cut -d ' ' -f 1
    elif command -v openssl >/dev/null 2>&1; then
        openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
    fi
}

size() { wc -c <"$1" | tr -d ' '; }

if [ "$EXCLUSIVE" -gt 0 ] && [ -z "$TOKEN" ]; then
    if [ "$ASK" = yes ]; then
        printf '%s of the files are exclusive. Token (not shown; Return to go on without): ' "$EXCLUSIVE" >&2
        stty -echo 2>/dev/null
        read -r TOKEN
        stty echo 2>/dev/null
        say
    else
        say "$EXCLUSIVE of the files are exclusive and need a token: set MAST_API_TOKEN. Going on without."
    fi
fi
case "$TOKEN" in
    *[!A-Za-z0-9._~+/=-]*) say "the token has characters that no token has: copy it again."; exit 2 ;;
esac

FOLDER=$NAME
if [ -e "$FOLDER" ] && [ "$ASK" = yes ]; then
    printf 'The folder %s is there. (C)ontinue in it, or (N)ew folder [N]: ' "$FOLDER" >&2
    if [ -n "${BASH_VERSION-}" ]; then read -r -n 1 answer; else read -r answer; fi
    say
    case "$answer" in
        [cC]*) ;;
        *)
            number=1
            while [ -e "$NAME-$number" ]; do number=$((number + 1)); done
            FOLDER=$NAME-$number
            ;;
    esac
fi
mkdir -p "./$FOLDER" || exit 1

COUNT=0
WHOLE=0
FAILED=0
UNCHECKED=0
FAILURES=

summary() {
    trap - EXIT
    {
        printf '%s' "$MANIFEST_TOP"
        printf '<h2>Fetched by the script</h2>\n<ul>\n<li>Whole: %s of %s files</li>\n' "$WHOLE" "$FILES"
        printf '%s' "$FAILURES"
        printf '</ul>\n%s' "$MANIFEST_END"
    } >"./$FOLDER/MANIFEST.HTML"
    printf '%s' "$MANIFEST_CSV" >"./$FOLDER/manifest.csv"
    say "$WHOLE of $FILES files are whole in ./$FOLDER"
    [ "$UNCHECKED" -eq 0 ] || say "$UNCHECKED of them were not checked: no program for SHA-256 was found"
    [ "$WITHHELD" -eq 0 ] || say "$WITHHELD files were not in the list, refused or not held; MANIFEST.HTML says why"
    [ "$FAILED" -eq 0 ] || say "$FAILED files failed; MANIFEST.HTML names them; run the script again to go on"
    if [ "$WHOLE" -eq "$FILES" ]; then exit 0; fi
    exit 1
}
trap 'say; say "interrupted: run the script again and continue in ./$FOLDER"; summary' INT TERM HUP

failed() {
    FAILED=$((FAILED + 1))
    FAILURES="$FAILURES<li>$1: $2</li>
"
    say "  $2"
}

# is_whole <file> <size> <sha256>
is_whole() {
    [ -f "$1" ] && [ "$(size "$1")" = "$2" ] || return 1
    found=$(digest "$1")
    [ -z "$found" ] || [ "$found" = "$3" ]
}

# ask <file> <address> <exclusive>: one try; prints the answer's number. The token goes by standard input, out of sight.
ask() {
    show=--silent
    [ ! -t 2 ] || show=--progress-bar
    if [ "$3" = 1 ] && [ -n "$TOKEN" ]; then
        printf 'header = "Authorization: token %s"\n' "$TOKEN"
    fi | curl --config - --globoff --location --fail "$show" --create-dirs --continue-at - \
        --connect-timeout 30 --speed-limit 1 --speed-time 120 \
        --write-out '%{http_code}' --output "$1" "$2"
}

# fetch <where> <size> <sha256> <address> <exclusive>
fetch() {
    COUNT=$((COUNT + 1))
    target="./$FOLDER/$1"
    if is_whole "$target" "$2" "$3"; then
        WHOLE=$((WHOLE + 1))
        return
    fi
    say "downloading $COUNT of $FILES: $4"
    say "         to $target"
    part="$target.part"
    pause=1
    for try in 1 2 3 4; do
        if [ -f "$part" ] && [ "$(size "$part")" -ge "$2" ] && ! is_whole "$part" "$2" "$3"; then rm -f "$part"; fi
        answer=000
        if [ -f "$part" ] && is_whole "$part" "$2" "$3"; then
            answer=200
        elif [ "$2" = 0 ]; then
            mkdir -p "$(dirname "$part")" && : >"$part"
        else
            answer=$(ask "$part" "$4" "$5")
        fi
        if [ -f "$part" ] && is_whole "$part" "$2" "$3"; then
            mv -f "$part" "$target"
            WHOLE=$((WHOLE + 1))
            [ -n "$(digest "$target")" ] || UNCHECKED=$((UNCHECKED + 1))
            return
        fi
        case "$answer" in
            401 | 403) failed "$1" "NOT AUTHORIZED ($answer): exclusive, or the token has ended"; return ;;
            404 | 409 | 410) failed "$1" "ERROR ($answer): the archive does not hold this version any more"; return ;;
        esac
        [ "$try" = 4 ] || { sleep "$pause"; pause=$((pause * 3)); }
    done
    failed "$1" "ERROR ($answer): not whole after four tries"
}
