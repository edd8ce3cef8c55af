# SPDX-License-Identifier: MIT
# What is installed: the shared library in three flavours, the archive and the relocatable object.

set(entry_sources src/malloc.c src/glibc.c)
ikyo_objects(ikyo_names src/malloc.c)
ikyo_objects(ikyo_glibc src/glibc.c)
ikyo_objects(ikyo_cxx src/new.c)
ikyo_objects(ikyo_archive_only src/archive_only.c)
ikyo_objects(ikyo_early src/early.c)
ikyo_objects(ikyo_all_dlopen ${core_sources} ${entry_sources} src/new.c src/early.c)

# A preloaded library meets programs of every kind, so it may need nothing but libc: the compiler's
# own libraries are left out, but for the static helpers, and an undefined strong symbol is an error.
# 64 KiB is the largest page it may be loaded on; it is never unloaded, as its blocks outlive dlclose.
set(exports ${CMAKE_CURRENT_SOURCE_DIR}/src/exports.map)

# On this CPU an exchange of a byte is a call. What is called has neither locks nor state, and becomes
# part of the library.
set(atomics)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL riscv64)
    set(atomics -l:libatomic.a)
endif()
# A _fini does nothing, far from the rest that runs: what is to be done at the end is in .fini_array.
function(ikyo_shared target objects)
    add_library(${target} SHARED ${objects} ${ARGN})
    set_target_properties(${target} PROPERTIES
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
        LINKER_LANGUAGE C LINK_DEPENDS ${exports})
    target_include_directories(${target} INTERFACE
        $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_options(${target} PRIVATE
        -Wl,--version-script=${exports} -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,-z,nodelete
        -Wl,-z,noseparate-code -Wl,-z,max-page-size=65536 -Wl,--hash-style=gnu -Wl,--as-needed
        -Wl,-fini=none -nodefaultlibs)
    target_link_libraries(${target} PRIVATE c ${atomics} gcc)
endfunction()

# The hit paths come first, what is rarely run last.
set(all_but_cxx $<TARGET_OBJECTS:ikyo_names> $<TARGET_OBJECTS:ikyo_core>
    $<TARGET_OBJECTS:ikyo_glibc>)
# glibc allocates for each thread before it runs, so there the library needs no constructor; and it
# alone has RTLD_DEEPBIND. What is done about that ends in a jump to another library, which POWER
# does not have.
set(linking)
check_symbol_exists(__GLIBC__ features.h has_glibc)
if(NOT has_glibc)
    list(APPEND all_but_cxx $<TARGET_OBJECTS:ikyo_early>)
elseif(NOT CMAKE_SYSTEM_PROCESSOR MATCHES ppc64)
    ikyo_objects(ikyo_linking src/dlopen.c)
    set(linking $<TARGET_OBJECTS:ikyo_linking>)
endif()
set(cxx $<TARGET_OBJECTS:ikyo_cxx>)
ikyo_shared(ikyoalloc ${all_but_cxx} ${linking} ${cxx})
ikyo_shared(ikyoalloc-nocxx ${all_but_cxx} ${linking})
ikyo_shared(ikyoalloc-dlopen $<TARGET_OBJECTS:ikyo_all_dlopen>)

# One object in which the hidden names are local, so that short internal names cannot clash with a
# program's own. Groups are resolved here because a local group signature must not be merged later.
set(object ${CMAKE_CURRENT_BINARY_DIR}/ikyoalloc.o)
add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -Wl,--force-group-allocation -o ${object}
        ${all_but_cxx} ${cxx} $<TARGET_OBJECTS:ikyo_archive_only>
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
    DEPENDS ${all_but_cxx} ${cxx} $<TARGET_OBJECTS:ikyo_archive_only>
    COMMENT "Joining ikyoalloc.o" COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
add_library(ikyoalloc-static STATIC ${object})
set_target_properties(ikyoalloc-static PROPERTIES OUTPUT_NAME ikyoalloc LINKER_LANGUAGE C)
target_include_directories(ikyoalloc-static INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(ikyoalloc-static INTERFACE pthread ${atomics})
