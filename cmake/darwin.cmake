# SPDX-License-Identifier: MIT
# What is installed on macOS: one library, for linking and for DYLD_INSERT_LIBRARIES. It needs
# libSystem alone. The names of malloc are interposed and not exported, so that no list of
# exports is needed; what is seen says so in the sources.

ikyo_objects(ikyo_darwin src/darwin/malloc.c src/darwin/zone.c src/darwin/introspect.c
    src/darwin/new.c)
add_library(ikyoalloc SHARED $<TARGET_OBJECTS:ikyo_darwin> $<TARGET_OBJECTS:ikyo_core>)
set_target_properties(ikyoalloc PROPERTIES LINKER_LANGUAGE C
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    INSTALL_NAME_DIR "@rpath" BUILD_WITH_INSTALL_NAME_DIR ON)
target_include_directories(ikyoalloc INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include)

install(TARGETS ikyoalloc)
install(DIRECTORY include/ikyoalloc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
include(cmake/man.cmake)
