# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# An overlay port that builds the sources it lies in:
#     vcpkg install weft --overlay-ports=cmake/vcpkg

get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)

if("inline-switch" IN_LIST FEATURES)
    set(switch inline)
else()
    set(switch fcontext)
endif()

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DWEFT_BUILD_TESTS=OFF
        -DWEFT_BUILD_EXAMPLES=OFF
        -DWEFT_BUILD_BENCH=OFF
        -DWEFT_WITH_TLS=ON
        -DWEFT_SWITCH=${switch})
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/weft)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
