# SPDX-License-Identifier: MIT
# Ghostscript: pages of text and curves drawn to pixels, and turned into a PDF and drawn again.
# Programs: gs
# Packages: ghostscript
awk -v pages=$((10 * SCALE)) 'BEGIN {
    print "%!PS-Adobe-3.0"
    for (p = 1; p <= pages; p++) {
        print "/Helvetica findfont 9 scalefont setfont"
        for (y = 20; y < 820; y += 11)
            printf "20 %d moveto (page %d line %d: the quick brown fox) show\n", y, p, y
        for (i = 0; i < 200; i++)
            printf "newpath %d %d moveto %d %d %d %d %d %d curveto stroke\n", i * 3, i,
                i * 7 % 600, i * 11 % 800, i * 13 % 600, i * 17 % 800, i * 19 % 600, i * 23 % 800
        print "showpage"
    }
}' >pages.ps
gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=ppmraw -r72 -sOutputFile=- pages.ps | cksum
gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=pdfwrite -sOutputFile=pages.pdf pages.ps || exit 1
gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=pgmraw -r50 -sOutputFile=- pages.pdf | cksum
