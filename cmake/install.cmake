# SPDX-License-Identifier: MIT
# `cmake --install`: libraries, headers, the CMake package, the pkg-config file and the manual.

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ikyoalloc)
install(TARGETS ikyoalloc ikyoalloc-nocxx ikyoalloc-dlopen ikyoalloc-static EXPORT ikyoallocTargets)
install(FILES ${object} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(PROGRAMS tools/ikyo-addr2line TYPE BIN)
install(DIRECTORY include/ikyoalloc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT ikyoallocTargets NAMESPACE ikyoalloc:: DESTINATION ${package_dir})

configure_package_config_file(cmake/ikyoallocConfig.cmake.in ikyoallocConfig.cmake
    INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(ikyoallocConfigVersion.cmake COMPATIBILITY SameMinorVersion)

# The prefix is found from where the file lies, because installing may choose another one.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/ikyoalloc.pc.in ikyoalloc.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ikyoallocConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/ikyoallocConfigVersion.cmake DESTINATION ${package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ikyoalloc.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
include(cmake/man.cmake)
