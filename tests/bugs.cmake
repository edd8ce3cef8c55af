# SPDX-License-Identifier: MIT
# Every bug, and when each mode of the library catches it. What a bug does in the modes that do not
# look for it depends on how the library and the program were compiled.
if(CMAKE_BUILD_TYPE STREQUAL Release AND CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    add_test(NAME bugs.all COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bugs/bugs.sh $<TARGET_FILE:ikyoalloc>)
    set_tests_properties(bugs.all PROPERTIES LABELS bugs RUN_SERIAL TRUE TIMEOUT 300
        ENVIRONMENT "CC=${CMAKE_C_COMPILER};CXX=${CMAKE_CXX_COMPILER}")
endif()
