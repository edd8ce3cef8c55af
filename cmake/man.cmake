# SPDX-License-Identifier: MIT
# The manual pages, written from docs/man and from what the headers, tables and docs say. The page of
# a call is a link to ikyoalloc(3). SOURCE_DATE_EPOCH sets the date in them.

find_program(AWK awk REQUIRED)
string(TIMESTAMP today "%Y-%m-%d" UTC)
set(man ${CMAKE_CURRENT_BINARY_DIR}/man)

file(GLOB man_headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}
    include/ikyoalloc/*.h include/ikyoalloc/*.hpp)
list(FILTER man_headers EXCLUDE REGEX "/(base|ikyoalloc)\\.h$")
list(PREPEND man_headers include/ikyoalloc/ikyoalloc.h)
list(JOIN man_headers " " headers)
set(man_command ${AWK} -v date=${today} -v version=${PROJECT_VERSION} -v headers=${headers})

add_custom_command(OUTPUT ${man}/man3/ikyoalloc.3 ${man}/man7/ikyoalloc.7
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${man}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${man}/man3 ${man}/man7
    COMMAND ${man_command} -v links=${man}/man3 -f docs/man/man.awk docs/man/ikyoalloc.3.in
        > ${man}/man3/ikyoalloc.3
    COMMAND ${man_command} -f docs/man/man.awk docs/man/ikyoalloc.7.in > ${man}/man7/ikyoalloc.7
    DEPENDS docs/man/man.awk docs/man/ikyoalloc.3.in docs/man/ikyoalloc.7.in ${man_headers}
        README.md docs/options.md docs/engine.md docs/debug.md src/base/option.def src/base/stat.def
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    COMMENT "Writing the manual pages" VERBATIM)
add_custom_target(man ALL DEPENDS ${man}/man3/ikyoalloc.3 ${man}/man7/ikyoalloc.7)
install(DIRECTORY ${man}/ DESTINATION ${CMAKE_INSTALL_MANDIR})
