# SPDX-License-Identifier: MIT
# Writes a manual page: copies a page of docs/man, and puts in what is said elsewhere already.
#
#   awk -v date=... -v version=... -v headers="FILE..." [-v links=DIRECTORY] -f man.awk PAGE
#
# runs in the root of the sources. What a line of the page stands for that starts with @:
#   @headers              all declarations of the headers, with their comments
#   @markdown FILE TITLE  the section of this title; without one, what stands before the first
#   @stats FILE           the rows of stat.def
#   @variables FILE       the variables of the rows of option.def
# With `links` every call of the headers gets a page in that directory that leads to ikyoalloc(3).

# Replacements of gsub differ from awk to awk where backslashes are in them, so there are none.
function escaped(text,    out, i, c)
{
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (c in escape ? escape[c] : c)
    }
    return out
}

# Running text: what matches `spans` is marked up, all else is escaped.
function prose(text, spans,    out, span)
{
    while (match(text, spans)) {
        span = substr(text, RSTART, RLENGTH)
        out = out escaped(substr(text, 1, RSTART - 1))
        text = substr(text, RSTART + RLENGTH)
        if (span ~ /^\[/)
            out = out prose(substr(span, 2, index(span, "](") - 2), spans)
        else if (span ~ /^ikyo_/)
            out = out "\\fB" escaped(span) "\\fR"
        else if (span ~ /^\*\*/)
            out = out "\\fB" escaped(substr(span, 3, length(span) - 4)) "\\fR"
        else
            out = out (span ~ /^`/ ? "\\fB" : "\\fI") escaped(substr(span, 2, length(span) - 2)) "\\fR"
    }
    return out escaped(text)
}

# Lines of the page, not longer than manual pages have them: a dot in front would make a request.
function say(text,    at)
{
    for (at = 78; !is_verbatim && length(text) > 78 && at > 1; at--)
        if (substr(text, at, 1) == " ") {
            say(substr(text, 1, at - 1))
            text = substr(text, at + 1)
            at = 79
        }
    print (text ~ /^\./ ? "\\&" : "") text
}

# Begins a paragraph; what has just been begun is one already.
function paragraph()
{
    if (!begins) print ".PP"
    begins = 0
}

function begin(request)
{
    print request
    begins = 1
}

function verbatim(on)
{
    if (on == is_verbatim) return
    if (on) { paragraph(); print ".RS 4\n.nf" } else print ".fi\n.RE"
    is_verbatim = on
}

# Headers.

# The comment gathered so far: paragraphs, and lines that are indented as they are.
function say_comment(    i, ends)
{
    ends = 1
    for (i = 1; i <= comments; i++) {
        verbatim(comment[i] ~ /^   /)
        if (is_verbatim) say(escaped(substr(comment[i], 4)))
        else if (comment[i] != "") {
            if (ends) paragraph()
            say(prose(comment[i], CODE))
        }
        ends = is_verbatim || comment[i] == ""
    }
    verbatim(0)
    comments = 0
}

# A struct's fields or an enumeration's constants.
function say_members(    i)
{
    for (i = 1; i <= members; i++) {
        if (text_of[i] != "") {
            print ".TP\n.B " prototype(member[i])
            say(prose(text_of[i], CODE))
            begins = 0
        } else {
            if (i == 1 || text_of[i - 1] != "") paragraph()
            else print ".br"
            print ".B " prototype(member[i])
        }
    }
    members = 0
}

# What was declared since the last blank line, and under it what the comment says of all of it.
function end_group(    i)
{
    for (i = 1; i <= items; i++) print ".HP 4\n.B " prototype(item[i])
    if (items > 0 && comments + members > 0) {
        begin(".RS 4")
        say_comment()
        say_members()
        print ".RE"
    } else
        say_comment()
    items = begins = 0
}

# A declaration, which may be broken between its parameters only.
function prototype(text,    open_at, i, c, out)
{
    open_at = index(text, "(")
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (c != " " || i < open_at || substr(text, i - 1, 1) == "," ? escaped(c) : "\\ ")
    }
    return out
}

function add_item(text,    file)
{
    sub(/IKYO_API /, "", text)
    sub(/static inline /, "", text)
    gsub(/[ \t]+/, " ", text)
    item[++items] = text
    if (links != "" && is_c && match(text, /ikyo_[a-z0-9_]+\(/)) {
        file = links "/" substr(text, RSTART, RLENGTH - 1) ".3"
        print ".so man3/ikyoalloc.3" >file
        close(file)
    }
}

# A comment above a member, or behind it, is the member's.
function add_member(line,    at, text)
{
    at = index(line, "//")
    text = at ? substr(line, at + 3) : ""
    if (at) line = substr(line, 1, at - 1)
    gsub(/^ +|[;,]? *$/, "", line)
    above = above (above != "" && text != "" ? " " : "") text
    if (line == "") return
    member[++members] = line
    text_of[members] = above
    above = ""
}

# A declaration may take several lines.
function add_code(line)
{
    declared = declared (declared == "" ? "" : " ") line
    if (line !~ /[;{]$/) return
    if (line ~ /\{$/) inside = is_c && line != "{" ? "members" : "body"
    if (sub(/ *\{$/, "", declared) && index(declared, ")")) declared = declared ";"
    add_item(declared)
    declared = ""
}

function add_define(line)
{
    if (inside == "" && line ~ /^#define [A-Za-z_]+\(/) add_item(substr(line, 9, index(line, ")") - 8))
    else if (inside == "") add_item(line)
    inside = line ~ /\\$/ ? "define" : ""
}

function add_line(line)
{
    if (inside == "define" || line ~ /^#define [A-Za-z_]+[( ]/) add_define(line)
    else if (inside != "" && line ~ /^}/) inside = ""
    else if (inside == "members") add_member(line)
    else if (inside != "" || line ~ /SPDX-License-Identifier/) return
    else if (line ~ /^\/\//) comment[++comments] = substr(line, 4)
    else if (line ~ /^ *$|^#ifndef/) end_group()
    else if (line ~ /^namespace detail/) inside = "body"
    else if (declared != "" || line !~ /^(#|\{|}|namespace|IKYO_(BEGIN|END))/) add_code(line)
}

function say_headers(files,    file, count, i, line)
{
    count = split(files, file, " ")
    for (i = 1; i <= count; i++) {
        is_c = file[i] ~ /\.h$/
        line = file[i]
        sub(/^include\//, "", line)
        begin(".SH " escaped(line))
        while ((getline line <file[i]) > 0) add_line(line)
        close(file[i])
        end_group()
    }
}

# Markdown, as far as docs make use of it.

function with_heads(cell, first, last, between,    i, all)
{
    for (i = first; i <= last; i++)
        if (cell[i] != "") all = all (all == "" ? "" : "; ") head[i] between cell[i]
    return all
}

# The first cell of a row is what it is about, the last one what is said of it; those between, with
# the heads of their columns, stand beside the first where they are short.
function say_row(line, is_head,    cell, count, tag)
{
    gsub(/^\| *| *\|$/, "", line)
    count = split(line, cell, / *\| */)
    if (is_head) {
        split(line, head, / *\| */)
        return
    }
    tag = cell[1] (count > 2 ? " (" with_heads(cell, 2, count - 1, " ") ")" : "")
    if (length(tag) > 76) {
        tag = cell[1]
        cell[count] = with_heads(cell, 2, count, ": ")
    }
    print ".TP\n" prose(tag, MARKDOWN)
    say(prose(cell[count], MARKDOWN))
}

function say_markdown_line(line)
{
    if (line ~ /^```/) {
        is_code = !is_code
        verbatim(is_code)
    } else if (is_code)
        say(escaped(line))
    else if (line ~ /^\|/) {
        if (line !~ /^\|-/) say_row(line, !in_table)
        begins = 0
    } else if (line ~ /^- /) {
        print ".IP \\(bu 3"
        say(prose(substr(line, 3), MARKDOWN))
        begins = 0
    } else if (line != "") {
        if (ended) paragraph()
        sub(/^ +/, "", line)
        say(prose(line, MARKDOWN))
    }
    in_table = line ~ /^\|/
    ended = line == ""
}

function say_markdown(file, title,    line, is_in)
{
    ended = 1
    while ((getline line <file) > 0) {
        if (line ~ /^##? /) is_in = title == "" ? line ~ /^# / : line == "## " title
        else if (is_in) say_markdown_line(line)
    }
    close(file)
}

function say_stats(file,    line, part)
{
    while ((getline line <file) > 0)
        if (line ~ /^STAT\(/) {
            split(substr(line, 6), part, ", ")
            print ".TP\n\\fB" escaped(part[1]) "\\fR (" part[2] ", " part[3] ")"
            say(escaped(substr(line, index(line, "\"") + 1, length(line) - index(line, "\"") - 2)))
        }
    close(file)
}

function say_variables(file,    line, names, name)
{
    while ((getline line <file) > 0)
        if (match(line, /^OPTION\([a-z_]+/)) {
            name = "IKYO_" toupper(substr(line, 8, RLENGTH - 7))
            names = names (names == "" ? "" : ", ") "\\fB" name "\\fR"
        }
    close(file)
    print ".TP\n.BI IKYO_ NAME"
    say("One option: " names ".")
}

BEGIN {
    escape["\\"] = "\\e"; escape["-"] = "\\-"; escape["`"] = "\\(ga"; escape["'"] = "\\(aq"
    escape["~"] = "\\(ti"; escape["^"] = "\\(ha"
    CODE = "`[^`]+`|ikyo_[a-z0-9_]+"
    MARKDOWN = CODE "|\\*\\*[^*]+\\*\\*|\\*[A-Za-z]+( [A-Za-z]+)*\\*|\\[[^]]*\\]\\([^)]*\\)"
}
/^@headers/ { say_headers(headers); next }
/^@markdown/ { file = $2; sub(/^@markdown [^ ]+ ?/, ""); say_markdown(file, $0); next }
/^@stats/ { say_stats($2); next }
/^@variables/ { say_variables($2); next }
{
    gsub(/@date@/, date)
    gsub(/@version@/, version)
    begins = /^\.S[HS]/
    print
}
