# SPDX-License-Identifier: MIT
# What the toolchain files of musl share. Debian has no C++ library for it, keeps the kernel's
# headers among those of glibc, folders that the files name in `kernel_headers`, and its way of
# calling the linker leaves out the index of the unwind tables.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER NOTFOUND)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/kernel)
foreach(folder linux asm asm-generic)
    foreach(place ${kernel_headers})
        if(EXISTS ${place}/${folder})
            file(CREATE_LINK ${place}/${folder} ${CMAKE_BINARY_DIR}/kernel/${folder} SYMBOLIC)
        endif()
    endforeach()
endforeach()
add_compile_options(-idirafter ${CMAKE_BINARY_DIR}/kernel)
add_compile_definitions(_UINTPTR_T_DEFINED) # or cmocka's header defines it, not always as musl does
add_link_options(-Wl,--eh-frame-hdr)
