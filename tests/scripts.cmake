# SPDX-License-Identifier: MIT
# Tests that are scripts: of the source tree, of the installed package, of real programs.

# Each tree test gets the source folder, the build folder and the compiler of this build.
function(tree_test name)
    add_test(NAME tree.${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/tree/${name}.sh
        ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER})
    set_tests_properties(tree.${name} PROPERTIES LABELS tree TIMEOUT 300)
endfunction()

file(GLOB scripts CONFIGURE_DEPENDS tree/*.sh)
foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    # The count of instructions is a promise of the release build, and like wine, of one processor.
    if((NOT name STREQUAL fastpath OR CMAKE_BUILD_TYPE STREQUAL Release)
            AND (NOT name MATCHES "^(fastpath|wine)$" OR CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64))
        tree_test(${name})
    endif()
endforeach()

add_test(NAME install.consumers COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/install/run.sh
    ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER} ${CMAKE_CXX_COMPILER})
set_tests_properties(install.consumers PROPERTIES LABELS install TIMEOUT 300)

set(matrix ${CMAKE_CURRENT_SOURCE_DIR}/preload/run.sh)
if(EXISTS ${matrix})
    add_test(NAME preload.quick COMMAND ${matrix} --quick $<TARGET_FILE:ikyoalloc>)
    add_test(NAME preload.matrix COMMAND ${matrix} $<TARGET_FILE:ikyoalloc>)
    set_tests_properties(preload.quick PROPERTIES LABELS preload RUN_SERIAL TRUE TIMEOUT 300)
    set_tests_properties(preload.matrix PROPERTIES LABELS "preload;long" RUN_SERIAL TRUE TIMEOUT 3600)
endif()
set(limits ${CMAKE_CURRENT_SOURCE_DIR}/preload/limits.sh)
if(EXISTS ${limits})
    add_test(NAME preload.limits COMMAND ${limits} $<TARGET_FILE:ikyoalloc>)
    set_tests_properties(preload.limits PROPERTIES LABELS "preload;long" RUN_SERIAL TRUE TIMEOUT 900)
endif()

# Golden figures are of one processor and compiler, so elsewhere there is nothing to compare with.
set(counts ${CMAKE_CURRENT_SOURCE_DIR}/counts)
string(REGEX MATCH "^[0-9]+" compiler_major ${CMAKE_C_COMPILER_VERSION})
file(STRINGS ${counts}/golden.txt golden
    REGEX "^${CMAKE_SYSTEM_PROCESSOR}-gcc-${compiler_major} ")
if(golden AND CMAKE_BUILD_TYPE STREQUAL Release AND CMAKE_C_COMPILER_ID STREQUAL GNU)
    foreach(what instructions engine faults)
        add_test(NAME counts.${what} COMMAND sh ${counts}/counts.sh ${what}
            $<TARGET_FILE:ikyoalloc> ${CMAKE_C_COMPILER})
        set_tests_properties(counts.${what} PROPERTIES LABELS counts TIMEOUT 300)
    endforeach()
    add_test(NAME counts.text COMMAND ${limits} --text $<TARGET_FILE:ikyoalloc>)
    set_tests_properties(counts.text PROPERTIES LABELS counts TIMEOUT 300)
endif()
