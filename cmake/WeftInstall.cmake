# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# What `cmake --install` puts where: libraries and headers, the CMake package with a component for each layer, and files
# for pkg-config. Install components: weft_runtime (shared libraries), weft_development (all else).

include_guard()
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/weft")
get_property(layers GLOBAL PROPERTY WEFT_LAYERS)

function(weft_install_target target export)
    install(TARGETS ${target}
        EXPORT ${export}
        RUNTIME COMPONENT weft_runtime
        LIBRARY COMPONENT weft_runtime NAMELINK_COMPONENT weft_development
        ARCHIVE COMPONENT weft_development
        FILE_SET HEADERS COMPONENT weft_development)
    install(EXPORT ${export}
        NAMESPACE weft::
        DESTINATION "${package_dir}"
        COMPONENT weft_development)
endfunction()

# An export of its own for each layer: whoever asks for `context` alone needs no spdlog.
set(depends_of_layers "")
foreach(layer IN LISTS layers)
    weft_install_target(weft_${layer} weft-${layer})
    get_property(depends GLOBAL PROPERTY WEFT_DEPENDS_OF_${layer})
    string(APPEND depends_of_layers "set(weft_depends_of_${layer} ${depends})\n")

    # Boost has no files for pkg-config.
    set(pc_requires "")
    foreach(dependency IN LISTS depends)
        list(APPEND pc_requires "weft-${dependency}")
    endforeach()
    set(pc_libs "-lweft_${layer}")
    set(pc_cflags "")
    if(layer STREQUAL "log")
        list(APPEND pc_requires "spdlog >= 1.10")
    elseif(layer STREQUAL "context")
        # Naming a directory that is searched anyway would change the order of the search.
        if(NOT Boost_LIBRARY_DIRS IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
            string(APPEND pc_libs " -L${Boost_LIBRARY_DIRS}")
        endif()
        string(APPEND pc_libs " -lboost_context")
        if(NOT Boost_INCLUDE_DIRS IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
            set(pc_cflags " -I${Boost_INCLUDE_DIRS}")
        endif()
        if(WEFT_SWITCH STREQUAL "inline")
            string(APPEND pc_cflags " -DWEFT_INLINE_SWITCH")
        endif()
    elseif(layer STREQUAL "tls")
        list(APPEND pc_requires "openssl")
    elseif(layer STREQUAL "fiber")
        string(APPEND pc_libs " -pthread")
        set(pc_cflags " -pthread")
    endif()
    list(JOIN pc_requires ", " pc_requires)
    set(pc_name "weft-${layer}")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/weft.pc.in" "${PROJECT_BINARY_DIR}/weft-${layer}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/weft-${layer}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT weft_development)
endforeach()

weft_install_target(weft weft-all)
set(pc_name weft)
set(pc_requires weft-io)
set(pc_libs "")
set(pc_cflags "")
configure_file("${PROJECT_SOURCE_DIR}/cmake/weft.pc.in" "${PROJECT_BINARY_DIR}/weft.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/weft.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT weft_development)

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/weftConfig.cmake.in" "${PROJECT_BINARY_DIR}/weftConfig.cmake"
    INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/weftConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/weftConfig.cmake" "${PROJECT_BINARY_DIR}/weftConfigVersion.cmake"
    DESTINATION "${package_dir}" COMPONENT weft_development)
install(FILES "${PROJECT_SOURCE_DIR}/lib/debug/weft-gdb.py"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/weft" COMPONENT weft_development)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT weft_development)
