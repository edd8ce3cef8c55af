# SPDX-License-Identifier: MIT
# The ownership protocol under a search of all schedules: model.<scenario> for each row of
# scenarios.c, model.delayed_<scenario> where others see stores late, and model.seeded_<fault> for
# each script of seeds, which must be found.
set(model ${CMAKE_CURRENT_LIST_DIR})
set(modelled binned/bin.c binned/slab.c tls/magazine.c tls/quick.c tls/slab_source.c tls/thread.c
    tls/upkeep.c)
file(GLOB model_own CONFIGURE_DEPENDS ${model}/*.c)

# An executable of the modelled sources, those of `seeded` instead where a file is there. The model
# needs its assertions, and speed, in every kind of build.
function(model_executable name seeded file)
    set(sources ${modelled})
    list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/src/)
    list(TRANSFORM sources REPLACE "^${PROJECT_SOURCE_DIR}/src/${file}$" "${seeded}/${file}")
    add_executable(${name} ${model_own} ${sources} ${ARGN})
    target_include_directories(${name} PRIVATE ${model}/small ${seeded} ${PROJECT_SOURCE_DIR}/src
        ${PROJECT_SOURCE_DIR}/include ${model})
    target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
    target_compile_options(${name} PRIVATE -Wall -Wextra -O2 -UNDEBUG -U_FORTIFY_SOURCE
        -fno-strict-aliasing -include ${model}/yields.h)
endfunction()

function(model_test name)
    add_test(NAME model.${name} COMMAND ${ARGN})
    set_tests_properties(model.${name} PROPERTIES LABELS model TIMEOUT 120)
endfunction()

model_executable(model ${CMAKE_CURRENT_BINARY_DIR}/none none)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${model}/scenarios.c)
file(STRINGS ${model}/scenarios.c rows REGEX "^    {\"")
foreach(row ${rows})
    string(REGEX REPLACE "^    {\"([a-z_]+)\".*" "\\1" scenario "${row}")
    model_test(${scenario} model ${scenario})
    if(NOT scenario STREQUAL empty) # that one has too many states with delays
        model_test(delayed_${scenario} model ${scenario} delays)
    endif()
endforeach()

# Every schedule of a scenario. The others have more states than fit into memory.
model_test(full_claim model claim full)
set_tests_properties(model.full_claim PROPERTIES LABELS "model;long" TIMEOUT 900)

file(GLOB seeds CONFIGURE_DEPENDS ${model}/seeds/*.sed)
foreach(script ${seeds})
    get_filename_component(fault ${script} NAME_WE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
    file(STRINGS ${script} file REGEX "^# file: ")
    file(STRINGS ${script} scenario REGEX "^# scenario: ")
    string(REPLACE "# file: " "" file "${file}")
    string(REPLACE "# scenario: " "" scenario "${scenario}")
    set(seeded ${CMAKE_CURRENT_BINARY_DIR}/seeded_${fault})
    add_custom_command(OUTPUT ${seeded}/${file}
        COMMAND sh ${model}/seed.sh ${PROJECT_SOURCE_DIR}/src ${script} ${seeded}
        DEPENDS ${PROJECT_SOURCE_DIR}/src/${file} ${script} ${model}/seed.sh)
    model_executable(model_${fault} ${seeded} ${file} ${seeded}/${file})
    # A file that another one includes is no source of its own.
    if(NOT file IN_LIST modelled)
        set_source_files_properties(${seeded}/${file} PROPERTIES HEADER_FILE_ONLY TRUE)
    endif()
    file(STRINGS ${script} delays REGEX "^# delays$")
    string(REPLACE "# " "" delays "${delays}")
    model_test(seeded_${fault} model_${fault} ${scenario} faulty ${delays})
endforeach()
