#!/bin/sh
# SPDX-License-Identifier: MIT
# Pages of text, curves, shadings and an image rendered by Ghostscript: its own heaps over malloc.
. "$(dirname -- "$0")/common.sh"
packages='ghostscript fonts-urw-base35'

inputs()
{
    cat >"$input/pages.ps" <<'POSTSCRIPT'
%!PS-Adobe-3.0
/fonts [/Times-Roman /Helvetica /Courier-Bold /Palatino-Italic] def
/text {
    0 1 60 {
        /row exch def
        fonts page row add 4 mod get findfont 6 row 5 mod add scalefont setfont
        30 770 row 12 mul sub moveto
        (Page ) show page 10 string cvs show
        (, line ) show row 10 string cvs show
        (: the quick brown fox jumps over the lazy dog, again and again.) show
    } for
} bind def
/curves {
    1 1 400 {
        /i exch def
        newpath i 37 mul 600 mod i 53 mul 800 mod moveto
        i 11 mul 600 mod i 17 mul 800 mod i 71 mul 600 mod i 29 mul 800 mod
        i 41 mul 600 mod i 61 mul 800 mod curveto
        i 5 mod 0 eq { [i 7 mod 1 add 3] 0 setdash } { [] 0 setdash } ifelse
        i 255 mod 255 div i 99 mod 99 div page 20 div setrgbcolor i 9 mod 3 div setlinewidth stroke
    } for
} bind def
/shading {
    gsave 60 60 500 300 rectclip
    << /ShadingType 3 /ColorSpace /DeviceRGB /Coords [300 200 10 300 200 260] /Extend [true true]
       /Function << /FunctionType 2 /Domain [0 1] /N 1.5
           /C0 [1 0.9 0.5] /C1 [0.2 0.4 page 20 div] >>
    >> shfill grestore
} bind def
/picture {
    gsave 320 420 translate 240 240 scale
    /seed page def
    256 256 8 [256 0 0 256 0 0]
    {
        256 string 0 1 255 {
            1 index exch seed 75 mul 74 add 65537 mod /seed exch def seed 255 and put
        } for
    }
    image grestore
} bind def
1 1 6 { /page exch def shading picture curves 0 setgray text showpage } for
POSTSCRIPT
}

work()
{
    launch gs -q -dSAFER -dBATCH -dNOPAUSE -sDEVICE=ppmraw -r100 -o "$scratch/pages.ppm" \
        "$input/pages.ps" && launch gs -q -dSAFER -dBATCH -dNOPAUSE -sDEVICE=pdfwrite \
        -o "$scratch/pages.pdf" "$input/pages.ps" || return 1
    cksum <"$scratch/pages.ppm"
    grep -ac '/Type */Page\>' "$scratch/pages.pdf"
}

main "$@"
