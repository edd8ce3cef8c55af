# SPDX-License-Identifier: MIT
# What is built for Windows: the archive, the DLL with its import library, and what
# ikyo-run puts into unmodified programs.
enable_language(CXX)

# Data of ours is never another module's, so it is not looked up by pointers (the small code model).
target_compile_options(ikyo_flags INTERFACE -mcmodel=small -include os/windows_errno.h)

# For each name of the list the pointer by which programs call what headers declare as imported.
set(names ${CMAKE_CURRENT_SOURCE_DIR}/src/windows/names.def)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${names})
file(STRINGS ${names} names_wanted REGEX "^    [a-z_]+$")
list(TRANSFORM names_wanted STRIP)
set(pointers "// Made from src/windows/names.def by cmake/windows.cmake.\n")
foreach(name ${names_wanted})
    string(APPEND pointers "extern char target_${name}[] __asm__(\"${name}\");\n"
        "void *const pointer_${name} __asm__(\"__imp_${name}\") = target_${name};\n")
endforeach()
file(CONFIGURE OUTPUT imp_pointers.h CONTENT "${pointers}" @ONLY)

file(GLOB crt_sources CONFIGURE_DEPENDS src/windows/crt*.c src/windows/operators.c)
set_source_files_properties(${crt_sources} PROPERTIES COMPILE_OPTIONS -Wno-attributes) # dllimport
ikyo_objects(ikyo_names ${crt_sources})
target_include_directories(ikyo_names PRIVATE ${CMAKE_CURRENT_BINARY_DIR})

# An object for each operator, as a program may replace some.
set(operators src/windows/operators.cpp)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${operators})
file(READ ${operators} text)
string(REPLACE ";" "@SEMICOLON@" text "${text}")
string(REPLACE "\n\nvoid " ";void " text "${text}")
list(POP_FRONT text head)
set(number 0)
foreach(function IN LISTS text)
    math(EXPR number "${number} + 1")
    string(REPLACE "@SEMICOLON@" ";" function "${head}\n\n${function}\n")
    file(CONFIGURE OUTPUT operator${number}.cpp CONTENT "${function}" @ONLY)
    list(APPEND operator_sources ${CMAKE_CURRENT_BINARY_DIR}/operator${number}.cpp)
endforeach()
add_library(ikyo_cxx OBJECT ${operator_sources})
target_include_directories(ikyo_cxx PRIVATE src)
target_compile_options(ikyo_cxx PRIVATE -Wall -Wextra -Wshadow -Wno-sized-deallocation)

# A: the archive. The objects are not joined to one with local names as on Linux: `ld -r` for PE
# files leaves unwind tables (.pdata) behind that no exception finds its way through.
set(parts $<TARGET_OBJECTS:ikyo_names> $<TARGET_OBJECTS:ikyo_core>)
add_library(ikyoalloc-static STATIC ${parts} $<TARGET_OBJECTS:ikyo_cxx>)
set_target_properties(ikyoalloc-static PROPERTIES OUTPUT_NAME ikyoalloc LINKER_LANGUAGE C)
target_include_directories(ikyoalloc-static INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include)

# B: the DLL. Programs that link its import library have the operators as a part of their own, and
# so by their own C++ run-time.
set(exported ${CMAKE_CURRENT_BINARY_DIR}/ikyoalloc.def)
add_custom_command(OUTPUT ${exported}
    COMMAND ${CMAKE_COMMAND} -D NM=${CMAKE_NM} -D OBJECT=$<TARGET_FILE:ikyoalloc-static> -D NAMES=${names}
        -D OUT=${exported} -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/windows_def.cmake
    DEPENDS ikyoalloc-static ${names} cmake/windows_def.cmake VERBATIM)
add_custom_target(ikyo_exported DEPENDS ${exported})
add_library(ikyoalloc SHARED ${parts} src/windows/dll.c)
add_dependencies(ikyoalloc ikyo_exported)
set_target_properties(ikyoalloc PROPERTIES PREFIX "" IMPORT_PREFIX lib LINKER_LANGUAGE C
    LINK_DEPENDS ${exported})
target_include_directories(ikyoalloc INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include)
target_link_options(ikyoalloc PRIVATE ${exported} -static-libgcc)
add_custom_command(TARGET ikyoalloc POST_BUILD
    COMMAND ${CMAKE_AR} r $<TARGET_LINKER_FILE:ikyoalloc> $<TARGET_OBJECTS:ikyo_cxx>
    COMMAND_EXPAND_LISTS VERBATIM)
add_dependencies(ikyoalloc ikyo_cxx)

# For unmodified programs: what ikyo-run has them load, and ikyo-run.
add_library(ikyoalloc-patch MODULE ${parts} src/windows/patch.c)
set_target_properties(ikyoalloc-patch PROPERTIES PREFIX "" LINKER_LANGUAGE C)
target_include_directories(ikyoalloc-patch PRIVATE src include)
target_link_options(ikyoalloc-patch PRIVATE -static-libgcc)
add_executable(ikyo-run tools/ikyo-run.c)
target_compile_options(ikyo-run PRIVATE -Wall -Wextra)
target_link_options(ikyo-run PRIVATE -static)
