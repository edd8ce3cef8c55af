# SPDX-License-Identifier: MIT
# Each hand-over with one order made weaker, by a script of the folder weak: the thread sanitizer must
# see it, on any processor. litmus.weak_<name> for weak/<name>.sed.
set(litmus ${CMAKE_CURRENT_LIST_DIR})
file(GLOB weaker CONFIGURE_DEPENDS ${litmus}/weak/*.sed)
foreach(script ${weaker})
    get_filename_component(name ${script} NAME_WE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
    file(STRINGS ${script} file REGEX "^# file: ")
    file(STRINGS ${script} test REGEX "^# test: ")
    string(REPLACE "# file: " "" file "${file}")
    string(REPLACE "# test: " "" test "${test}")
    set(made ${CMAKE_CURRENT_BINARY_DIR}/weak_${name})
    add_custom_command(OUTPUT ${made}/${file}
        COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/model/seed.sh ${PROJECT_SOURCE_DIR}/src ${script}
            ${made}
        DEPENDS ${PROJECT_SOURCE_DIR}/src/${file} ${script})
    add_executable(litmus_weak_${name} ${litmus}/litmus_${test}.c ${made}/${file})
    target_include_directories(litmus_weak_${name} BEFORE PRIVATE ${made})
    target_link_libraries(litmus_weak_${name} PRIVATE unit_flags test_flags)
    add_test(NAME litmus.weak_${name} COMMAND litmus_weak_${name})
    set_tests_properties(litmus.weak_${name} PROPERTIES LABELS litmus TIMEOUT 120
        ENVIRONMENT "TSAN_OPTIONS=halt_on_error=1"
        PASS_REGULAR_EXPRESSION "ThreadSanitizer: data race")
endforeach()
