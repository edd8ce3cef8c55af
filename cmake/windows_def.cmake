# SPDX-License-Identifier: MIT
# Writes the list of what the DLL exports: the names of NAMES, and all ikyo_ calls of OBJECT.
# Usage: cmake -D NM=... -D OBJECT=... -D NAMES=... -D OUT=... -P windows_def.cmake
execute_process(COMMAND ${NM} --defined-only --extern-only ${OBJECT}
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL " T ikyo_[a-z0-9_]+" calls "${symbols}")
list(TRANSFORM calls REPLACE " T " "    ")
list(SORT calls)
list(JOIN calls "\n" calls)
file(READ ${NAMES} names)
file(WRITE ${OUT} "${names}${calls}\n")
